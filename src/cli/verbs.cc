// weir check, weir operators, weir eval.
#include "cli/verbs.h"

#include <cstdio>

#include "contract/catalogue.h"
#include "contract/check.h"
#include "contract/document.h"
#include "expr/eval.h"
#include "node/node.h"

namespace weir::cli {
namespace {

int print(const base::Result<std::string>& text) {
  if (!text) {
    std::fprintf(stderr, "%s\n", text.error().message.c_str());
    return 1;
  }
  std::fputs(text->c_str(), stdout);
  if (!text->ends_with('\n')) std::fputc('\n', stdout);
  return 0;
}

}  // namespace

int check(const std::vector<std::string>& files) {
  data::Diagnostics diagnostics;
  const contract::Documents documents = contract::load(files, diagnostics);
  if (diagnostics.empty()) {
    contract::check(documents, node::catalogue(), diagnostics);
  }
  for (const device::Device& device : documents.devices) node::check_device(device, diagnostics);
  if (diagnostics.empty()) return 0;
  std::fputs(diagnostics.text().c_str(), stderr);
  return 1;
}

int eval(const std::string& expression, const std::string& row) {
  return print(expr::eval_json(expression, row));
}

int operators(const OperatorsOptions& options) {
  const contract::Catalogue catalogue = node::catalogue();
  if (options.schema) return print(contract::json_schema(catalogue));
  if (options.docs.empty()) {
    return print(contract::describe_operators(
        catalogue, options.name, options.json ? contract::Form::json : contract::Form::text));
  }
  const auto written = contract::write_reference(catalogue, options.docs);
  if (written) return 0;
  std::fprintf(stderr, "%s\n", written.error().message.c_str());
  return 1;
}

}  // namespace weir::cli
