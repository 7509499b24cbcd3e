// Catalogue: the contracts there are, and everything computed from them: JSON, JSON schema,
// reference pages, text.
//
// Immutable, thread-safe; the contracts outlive it. All texts are the same for the same contracts,
// byte for byte.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "contract/contract.h"

namespace weir::contract {

// Operators that a program was built without, and why: "needs media, which …".
struct LeftOut {
  std::span<const std::string_view> names = {};
  std::string_view why = {};
};

class Catalogue {
 public:
  explicit Catalogue(std::span<const Contract* const> contracts, LeftOut left_out = {});

  std::span<const Contract* const> contracts() const { return contracts_; }
  const Contract* find(std::string_view name) const;  // null where unknown
  std::span<const std::string_view> names() const { return names_; }
  // What to say of a name that is unknown, with the nearest one, or why it is not there.
  std::string unknown(std::string_view name) const;

 private:
  std::vector<const Contract*> contracts_;
  std::vector<std::string_view> names_;
  LeftOut left_out_;
};

std::string_view group_name(Group group);  // "input", "process", "output"
inline constexpr Group kGroups[] = {Group::input, Group::process, Group::output};

// What a node reports: {"operators": [{"name", "summary", …, "params": […], "rules": […], "inputs":
// […], "outputs": […]}]}, rules as CEL text. One operator is one of those objects.
std::string to_json(const Catalogue& catalogue);
std::string to_json(const Contract& contract);

// JSON Schema (2020-12) of the documents in a pipeline file, for editors.
std::string json_schema(const Catalogue& catalogue);

// `weir operators [NAME] [--json]`: what to print. Error: unknown_name, with the nearest.
enum class Form : std::uint8_t { text, json };
base::Result<std::string> describe_operators(const Catalogue& catalogue, std::string_view name,
                                             Form form);

// The reference in Markdown: operators.md, grouped, and operators/NAME.md for each.
struct Page {
  std::string path;  // relative to docs/reference
  std::string text;
};
std::string reference_page(const Contract& contract);
std::vector<Page> reference_pages(const Catalogue& catalogue);

// `weir operators --docs DIR`: writes the pages, and removes pages in DIR/operators of operators
// that are gone.
base::Result<> write_reference(const Catalogue& catalogue, const std::string& folder);
// The pages in `folder` that differ from what they should be, are missing, or are of operators that
// are gone.
std::vector<std::string> stale_reference(const Catalogue& catalogue, const std::string& folder);

}  // namespace weir::contract
