// The reference in Markdown.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/check.h"
#include "base/text.h"
#include "contract/catalogue.h"
#include "contract/param.h"

namespace weir::contract {

using base::Code;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kGenerated =
    "<!-- Made from the contracts by `weir operators --docs`: change the operator, not this page. "
    "-->\n";

std::string number_text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.15g", number);
  return text;
}

// As it is written in YAML; "" for an empty text or list.
std::string value_text(const data::Value& value) {
  if (const auto* v = value.get<bool>()) return *v ? "true" : "false";
  if (const auto* v = value.get<std::int64_t>()) return std::to_string(*v);
  if (const auto* v = value.get<double>()) return number_text(*v);
  if (const auto* v = value.get<std::string>()) return *v;
  if (const auto* v = value.get<data::Duration>()) return base::format_duration(v->ns);
  const auto* list = value.get<data::List>();
  CHECK(list != nullptr);  // no parameter has another type
  std::string out;
  for (const data::Value& item : *list) out += (out.empty() ? "" : ", ") + value_text(item);
  return out.empty() ? "" : "[" + out + "]";
}

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string code(std::string_view text) {
  return text.empty() ? "" : "`" + cell(text) + "`";
}

std::string bound_text(const Param& param, double bound) {
  constexpr double kSecond = 1e9;
  if (param.type == Type::duration) return base::format_duration(std::llround(bound * kSecond));
  return number_text(bound);
}

// What may be given: type with choices, bounds, unit.
std::string type_cell(const Param& param) {
  if (param.type == Type::choice) {
    std::string out;
    for (const std::string_view choice : param.choices) {
      out += (out.empty() ? "" : ", ") + code(choice);
    }
    return out;
  }
  std::string out = code(name(param.type));
  constexpr double kNoBound = 2147483647;  // what a member can hold tells a reader nothing
  const bool low = std::isfinite(param.bounds.min) && param.bounds.min > -kNoBound;
  const bool high = std::isfinite(param.bounds.max) && param.bounds.max < kNoBound;
  if (low && high) {
    out +=
        ", " + bound_text(param, param.bounds.min) + " to " + bound_text(param, param.bounds.max);
  } else if (low) {
    out += ", at least " + bound_text(param, param.bounds.min);
  } else if (high) {
    out += ", at most " + bound_text(param, param.bounds.max);
  }
  if (!param.unit.empty()) out += ", in " + std::string(param.unit);
  return out;
}

std::string params_section(const Contract& contract) {
  if (contract.params.empty()) return "\n## Parameters\n\nNone.\n";
  std::string out = "\n## Parameters\n\n| name | type | default | meaning |\n|---|---|---|---|\n";
  for (const Param& param : contract.params) {
    const std::string fallback =
        param.required ? "required" : code(value_text(default_value(param)));
    out += "| " + code(param.name) + " | " + cell(type_cell(param)) + " | " + fallback + " | " +
           cell(param.summary) + (param.per_device ? " Per device." : "") + " |\n";
  }
  if (std::ranges::any_of(contract.params, &Param::per_device)) {
    out += "\n*Per device*: may be `device.NAME`, an attribute of each device.\n";
  }
  return out;
}

std::string rules_section(const Contract& contract) {
  if (contract.rules.empty()) return "";
  std::string out = "\n## Rules\n\n";
  for (const Rule& rule : contract.rules) {
    out += "- " + std::string(rule.text) + " " + code(rule.expression) + "\n";
  }
  return out;
}

std::string ports_section(std::string_view title, std::span<const Port> ports) {
  if (ports.empty()) return "";
  std::string out =
      "\n## " + std::string(title) + "\n\n| port | columns | meaning |\n|---|---|---|\n";
  for (const Port& port : ports) {
    const std::string newest =
        port.policy == Policy::newest ? " Live, the newest record replaces one that waits." : "";
    out += "| " + code(port.name) + " | " + (port.schema.empty() ? "any" : code(port.schema)) +
           " | " + cell(port.summary) + newest + " |\n";
  }
  return out;
}

std::string state_section(const Contract& contract) {
  switch (contract.state) {
    case State::none: return "";
    case State::keyed:
      return "\n## State\n\nKept for each key while the deployment runs. " +
             std::string(contract.state_note) + "\n";
    case State::instant: break;
  }
  return "\n## State\n\nLost on a restart by nature. " + std::string(contract.state_note) + "\n";
}

std::string example_section(const Contract& contract) {
  std::string step = "- ";
  for (const char c : contract.example) {
    step += c;
    if (c == '\n') step += "  ";
  }
  return "\n## Example\n\n```yaml\n" + step + "\n```\n";
}

std::string index_page(const Catalogue& catalogue) {
  std::string out = "# Operators\n\n" + std::string(kGenerated);
  for (const Group group : kGroups) {
    std::string title(group_name(group));
    title.front() = static_cast<char>(title.front() - 'a' + 'A');
    out += "\n## " + title + "\n\n| operator | what it does |\n|---|---|\n";
    for (const Contract* contract : catalogue.contracts()) {
      if (contract->group != group) continue;
      const std::string name(contract->name);
      out +=
          "| [" + code(name) + "](operators/" + name + ".md) | " + cell(contract->summary) + " |\n";
    }
  }
  return out;
}

// Pages of operators that are gone.
std::vector<std::string> orphans(const Catalogue& catalogue, const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  fs::directory_iterator entry(fs::path(folder) / "operators", error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.extension() == ".md" && catalogue.find(path.stem().string()) == nullptr) {
      paths.push_back("operators/" + path.filename().string());
    }
  }
  std::ranges::sort(paths);
  return paths;
}

base::Result<> write_file(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return {};
  return base::fail(Code::io, "cannot write " + path.string());
}

}  // namespace

std::string reference_page(const Contract& contract) {
  const std::string description(contract.description);
  return "# " + std::string(contract.name) + "\n\n" + std::string(contract.summary) + "\n" +
         (description.empty() ? "" : "\n" + description + "\n") + "\nGroup " +
         std::string(group_name(contract.group)) + ", since " + std::string(contract.since) +
         ".\n" + example_section(contract) + params_section(contract) + rules_section(contract) +
         ports_section("Input ports", contract.inputs) +
         ports_section("Output ports", contract.outputs) + state_section(contract);
}

std::vector<Page> reference_pages(const Catalogue& catalogue) {
  std::vector<Page> pages = {{"operators.md", index_page(catalogue)}};
  for (const Contract* contract : catalogue.contracts()) {
    std::string text = reference_page(*contract);
    text.insert(text.find('\n') + 1, "\n" + std::string(kGenerated));
    pages.push_back({"operators/" + std::string(contract->name) + ".md", std::move(text)});
  }
  return pages;
}

base::Result<> write_reference(const Catalogue& catalogue, const std::string& folder) {
  std::error_code error;
  fs::create_directories(fs::path(folder) / "operators", error);
  if (error) {
    return base::fail(Code::io,
                      "cannot make the folder " + folder + "/operators: " + error.message());
  }
  for (const Page& page : reference_pages(catalogue)) {
    TRY_DO(write_file(fs::path(folder) / page.path, page.text));
  }
  for (const std::string& path : orphans(catalogue, folder)) {
    fs::remove(fs::path(folder) / path, error);
    if (error) return base::fail(Code::io, "cannot remove " + path + ": " + error.message());
  }
  return {};
}

std::vector<std::string> stale_reference(const Catalogue& catalogue, const std::string& folder) {
  std::vector<std::string> stale = orphans(catalogue, folder);
  for (const Page& page : reference_pages(catalogue)) {
    std::ifstream file(fs::path(folder) / page.path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file || text != page.text) stale.push_back(page.path);
  }
  return stale;
}

}  // namespace weir::contract
