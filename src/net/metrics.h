// MetricsText: counters and gauges as Prometheus reads them (text exposition format 0.0.4).
//
//   MetricsText metrics;
//   metrics.family("weir_hub_records_total", MetricType::counter, "Records committed.");
//   metrics.sample(alerts, {{"class", "alert"}});
//   metrics.sample(results, {{"class", "result"}});
//   return metrics.response();
//
// Names end in their unit, which is a base one (seconds, bytes), and counters in `_total`. Belongs
// to one thread. A malformed name, a sample without a family and a family begun twice are mistakes
// of ours, and stop.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>

#include "net/http.h"

namespace weir::net {

struct HttpCounters;

enum class MetricType : std::uint8_t { counter, gauge };

struct MetricLabel {
  std::string_view name;
  std::string_view value;  // any text; what is not UTF-8 is U+FFFD
};

class MetricsText {
 public:
  using Labels = std::initializer_list<MetricLabel>;

  // Begins a metric; its samples follow.
  void family(std::string_view name, MetricType type, std::string_view help);
  template <std::integral Number>
  void sample(Number value, Labels labels = {}) {
    if constexpr (std::is_signed_v<Number>) {
      sample_int64(value, labels);
    } else {
      sample_uint64(value, labels);
    }
  }
  void sample(double value, Labels labels = {});
  // A metric with one sample.
  template <class Number>
  void single(std::string_view name, MetricType type, std::string_view help, Number value) {
    family(name, type, help);
    sample(value);
  }

  const std::string& text() const { return text_; }
  // 200 with the text.
  Response response() const;

 private:
  void sample_int64(std::int64_t value, Labels labels);
  void sample_uint64(std::uint64_t value, Labels labels);
  void write_sample(std::string_view value, Labels labels);

  std::string text_;
  std::string family_;
  std::set<std::string, std::less<>> families_;
};

// What an HTTP server counts, as PREFIX_http_…
void write_http_metrics(MetricsText& metrics, std::string_view prefix,
                        const HttpCounters& counters);

}  // namespace weir::net
