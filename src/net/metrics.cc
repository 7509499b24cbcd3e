// Prometheus' text format.
#include "net/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/check.h"
#include "base/text.h"
#include "net/http_server.h"

namespace weir::net {
namespace {

bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool word(std::string_view text) {
  return !text.empty() && letter(text.front()) &&
         std::ranges::all_of(text, [](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

void append_escaped(std::string& out, std::string_view text, std::string_view also) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\\' || also.contains(c)) {
      out += '\\';
      out += c;
    } else {
      out += c;
    }
  }
}

}  // namespace

void MetricsText::family(std::string_view name, MetricType type, std::string_view help) {
  CHECK(word(name));
  CHECK(type == MetricType::gauge || name.ends_with("_total"));
  CHECK(families_.insert(std::string(name)).second);
  family_ = name;
  fmt::format_to(std::back_inserter(text_), "# HELP {} ", name);
  append_escaped(text_, help, "");
  fmt::format_to(std::back_inserter(text_), "\n# TYPE {} {}\n", name,
                 type == MetricType::counter ? "counter" : "gauge");
}

void MetricsText::sample(double value, Labels labels) {
  if (std::isnan(value)) return write_sample("NaN", labels);
  if (std::isinf(value)) return write_sample(value > 0 ? "+Inf" : "-Inf", labels);
  write_sample(fmt::format("{}", value), labels);
}

void MetricsText::sample_int64(std::int64_t value, Labels labels) {
  write_sample(fmt::format("{}", value), labels);
}

void MetricsText::sample_uint64(std::uint64_t value, Labels labels) {
  write_sample(fmt::format("{}", value), labels);
}

void MetricsText::write_sample(std::string_view value, Labels labels) {
  CHECK(!family_.empty());
  text_ += family_;
  char before = '{';
  for (const MetricLabel& label : labels) {
    CHECK(word(label.name));
    fmt::format_to(std::back_inserter(text_), "{}{}=\"", before, label.name);
    append_escaped(text_, base::valid_utf8(label.value), "\"");
    text_ += '"';
    before = ',';
  }
  if (before == ',') text_ += '}';
  fmt::format_to(std::back_inserter(text_), " {}\n", value);
}

Response MetricsText::response() const {
  return {.type = "text/plain; version=0.0.4; charset=utf-8", .body = text_};
}

void write_http_metrics(MetricsText& metrics, std::string_view prefix, const HttpCounters& http) {
  using enum MetricType;
  const auto one = [&](std::string_view name, MetricType type, std::string_view help, auto value) {
    metrics.single(fmt::format("{}_http_{}", prefix, name), type, help, value);
  };
  one("connections_accepted_total", counter, "Connections accepted.", http.accepted);
  one("connections_refused_total", counter, "Connections for which there was no place.",
      http.connections_refused);
  one("connections", gauge, "Connections now, without WebSockets.", http.connections);
  one("websockets", gauge, "WebSockets now.", http.sockets);
  one("websockets_slow_total", counter, "WebSockets closed because they did not keep up.",
      http.sockets_slow);
  one("requests_total", counter, "Requests, whatever became of them.", http.requests);
  metrics.family(fmt::format("{}_http_answers_total", prefix), counter,
                 "Answers by the hundreds of their status.");
  for (std::size_t hundreds = 1; hundreds < http.answers.size(); ++hundreds) {
    metrics.sample(http.answers[hundreds], {{"status", fmt::format("{}xx", hundreds)}});
  }
  one("malformed_total", counter, "Requests that are no HTTP.", http.malformed);
  one("timeouts_total", counter, "Deadlines that passed.", http.timeouts);
  one("aborted_total", counter, "Connections lost within a request or an answer.", http.aborted);
}

}  // namespace weir::net
