// Names of methods, and problems.
#include "net/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "data/json.h"

namespace weir::net {
namespace {

using base::Code;

// In the order of Method.
constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};

int status_of(Code code) {
  switch (code) {
    case Code::unknown_name: return 404;
    case Code::conflict: return 409;
    case Code::refused: return 403;
    case Code::limit: return 413;
    case Code::not_yet: return 501;
    case Code::network:
    case Code::device:
    case Code::timeout: return 503;
    case Code::invalid:
    case Code::wrong_type:
    case Code::missing:
    case Code::schema:
    case Code::model:
    case Code::overflow:
    case Code::division:
    case Code::range:
    case Code::no_such_key: return 400;
    case Code::corrupt:
    case Code::ended:
    case Code::io:
    case Code::bug: return 500;
  }
  return 500;
}

std::string_view title_of(int status) {
  switch (status) {
    case 400: return "Not understood";
    case 403: return "Refused";
    case 404: return "Not found";
    case 409: return "Conflict";
    case 413: return "Too large";
    case 501: return "Not built yet";
    case 503: return "Not reachable now";
    default: return "Failed";
  }
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  if (out.back() != '{') out += ',';
  fmt::format_to(std::back_inserter(out), "\"{}\":", name);
  data::append_json_string(out, text);
}

void append_number(std::string& out, std::string_view name, int number) {
  if (number == 0) return;
  if (out.back() != '{') out += ',';
  fmt::format_to(std::back_inserter(out), "\"{}\":{}", name, number);
}

}  // namespace

std::string_view name(Method method) {
  return kMethods[static_cast<std::size_t>(method)];
}

std::optional<Method> method_named(std::string_view name) {
  const auto* const found = std::ranges::find(kMethods, name);
  if (found == std::end(kMethods)) return std::nullopt;
  return static_cast<Method>(found - std::begin(kMethods));
}

std::optional<std::string_view> Request::header(std::string_view lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

std::optional<std::string_view> Request::parameter(std::string_view name) const {
  const auto found = query.find(name);
  if (found == query.end()) return std::nullopt;
  return found->second;
}

Response problem(int status, std::string_view title, std::string_view detail,
                 const std::vector<Fault>& faults) {
  std::string out = "{";
  append_text(out, "type", "about:blank");
  append_text(out, "title", title);
  append_number(out, "status", status);
  append_text(out, "detail", detail);
  if (!faults.empty()) {
    out += ",\"errors\":[";
    for (const Fault& fault : faults) {
      if (out.back() != '[') out += ',';
      out += '{';
      append_text(out, "file", fault.file);
      append_number(out, "line", fault.line);
      append_number(out, "column", fault.column);
      append_text(out, "detail", fault.detail);
      out += '}';
    }
    out += ']';
  }
  out += "}\n";
  return {.status = status, .type = "application/problem+json", .body = std::move(out)};
}

Response problem(const base::Error& error) {
  const int status = status_of(error.code);
  Response response = problem(status, title_of(status), error.message);
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response problem(std::string_view title, const data::Diagnostics& diagnostics) {
  std::vector<Fault> faults;
  for (const data::Diagnostic& item : diagnostics.items()) {
    faults.push_back({.file = item.file,
                      .line = item.position.line,
                      .column = item.position.column,
                      .detail = item.message});
  }
  const std::size_t left_out = diagnostics.size() - diagnostics.items().size();
  return problem(422, title, left_out == 0 ? "" : fmt::format("{} more are not listed", left_out),
                 faults);
}

}  // namespace weir::net
