// Alerts on their way to the hub.
#include "node/alert_uplink.h"

#include <string>
#include <string_view>
#include <utility>

#include "data/json.h"

namespace weir::node {

base::Result<> AlertUplink::raise(const flow::Alert& alert) {
  data::Map body = {{"device", alert.device},
                    {"title", alert.title},
                    {"deployment", alert.deployment},
                    {"step", alert.step}};
  if (alert.captured_ns != 0) body.emplace_back("captured", data::Timestamp{alert.captured_ns});
  if (alert.received_ns != 0) body.emplace_back("received", data::Timestamp{alert.received_ns});
  body.emplace_back("raised", data::Timestamp{clock_.wall_ns()});
  link::Record record{.id = alert.id, .time_ns = alert.time_ns, .body = {}, .picture = {}};
  data::append_json(record.body, std::move(body));
  std::string_view picture;
  if (alert.picture != nullptr) {
    const auto bytes = alert.picture->bytes;
    picture = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  return uplink_.append(link::Class::alert, record, picture);
}

}  // namespace weir::node
