// Any text is read as a catalogue; what is one checks a document of every parameter, and is told as
// a catalogue again that gives the same.
#include "contract/catalogue_read.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "contract/check.h"
#include "data/diagnostic.h"

namespace contract = weir::contract;

namespace {

// A pipeline whose steps name each operator, each parameter given a text.
std::string pipeline_of(const contract::Catalogue& catalogue) {
  std::string out = "kind: Pipeline\nname: p\nsteps:\n";
  for (const contract::Contract* each : catalogue.contracts()) {
    out += "- " + std::string(each->name) + ":\n";
    out += "- " + std::string(each->name) + ": {";
    for (const contract::Param& param : each->params) out += std::string(param.name) + ": 1, ";
    out += "}\n";
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = contract::read_catalogue(text);
  if (!read) return 0;
  contract::Documents documents;
  weir::data::Diagnostics diagnostics;
  contract::read_documents(pipeline_of(**read), "p.yaml", documents, diagnostics);
  contract::check(documents, **read, diagnostics);
  (void)diagnostics.text();
  const std::string told = contract::to_json(**read);
  const auto again = contract::read_catalogue(told);
  CHECK(again.has_value());
  CHECK(contract::to_json(**again) == told);
  return 0;
}
