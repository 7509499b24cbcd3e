// weir check, weir operators, weir eval.
#include "cli/verbs.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

#include "cli/output.h"
#include "contract/catalogue.h"
#include "contract/check.h"
#include "contract/document.h"
#include "expr/eval.h"
#include "node/node.h"

namespace weir::cli {
namespace {

int print_result(const base::Result<std::string>& text) {
  if (!text) return complain(text.error().message);
  return print(text->ends_with('\n') ? *text : *text + "\n");
}

// Where the string that begins at `begin` ends: behind its closing quote.
std::size_t end_of_string(std::string_view json, std::size_t begin) {
  std::size_t at = begin + 1;
  while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
  return std::min(at + 1, json.size());
}

// A row's number without point or exponent is an int: one beyond 64 bits would lose its digits as
// a double. What is no JSON is left to its parser.
base::Result<> check_integers(std::string_view json) {
  constexpr std::string_view kNumber = "+-0123456789.eE";
  std::size_t line_begin = 0;
  std::size_t line = 1;
  for (std::size_t at = 0; at < json.size();) {
    const char c = json[at];
    if (c == '"') {
      at = end_of_string(json, at);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      const std::size_t end = std::min(json.find_first_not_of(kNumber, at), json.size());
      const std::string_view token = json.substr(at, end - at);
      std::int64_t value = 0;
      const auto read = std::from_chars(token.data(), token.data() + token.size(), value);
      if (read.ec == std::errc::result_out_of_range &&
          token.find_first_of(".eE") == std::string_view::npos) {
        return base::fail(base::Code::limit,
                          fmt::format("the row: {}:{}: {} is beyond int64; with a point or an "
                                      "exponent it would be a double",
                                      line, at - line_begin + 1, token));
      }
      at = end;
    } else {
      ++at;
      if (c == '\n') {
        ++line;
        line_begin = at;
      }
    }
  }
  return {};
}

}  // namespace

int check(const std::vector<std::string>& files) {
  data::Diagnostics diagnostics;
  const contract::Documents documents = contract::load(files, diagnostics);
  if (diagnostics.empty()) {
    contract::check(documents, node::catalogue(), diagnostics);
  }
  for (const device::Device& device : documents.devices) node::check_device(device, diagnostics);
  return diagnostics.empty() ? 0 : complain(diagnostics.text());
}

int eval(const std::string& expression, const std::string& row) {
  if (const auto checked = check_integers(row); !checked) return complain(checked.error().message);
  return print_result(expr::eval_json(expression, row));
}

int operators(const OperatorsOptions& options) {
  const contract::Catalogue catalogue = node::catalogue();
  if (options.schema) return print_result(contract::json_schema(catalogue));
  if (options.docs.empty()) {
    return print_result(contract::describe_operators(
        catalogue, options.name, options.json ? contract::Form::json : contract::Form::text));
  }
  const auto written = contract::write_reference(catalogue, options.docs);
  return written ? 0 : complain(written.error().message);
}

}  // namespace weir::cli
