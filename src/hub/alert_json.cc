// Alerts as JSON.
#include "hub/alert_json.h"

#include <utility>

namespace weir::hub {
namespace {

void write_members(data::JsonWriter& json, const Alert& alert) {
  json.number("number", alert.number)
      .text("node", alert.node)
      .text("id", alert.id)
      .time("time", alert.time_ns)
      .time("received", alert.received_ns)
      .text_if("device", alert.device)
      .text_if("title", alert.title)
      .text_if("deployment", alert.deployment)
      .text_if("step", alert.step)
      .text_if("picture", alert.picture);
  if (alert.acknowledged_ns != 0) {
    json.begin_object("acknowledged")
        .time("time", alert.acknowledged_ns)
        .text("by", alert.acknowledged_by)
        .end();
  }
  json.raw("record", alert.body);
}

}  // namespace

void write_alert(data::JsonWriter& json, std::string_view key, const Alert& alert) {
  json.begin_object(key);
  write_members(json, alert);
  json.end();
}

std::string alert_json(const Alert& alert, const std::vector<Comment>& comments) {
  data::JsonWriter json;
  json.begin_object();
  write_members(json, alert);
  json.begin_list("comments");
  for (const Comment& comment : comments) {
    json.begin_object()
        .time("time", comment.time_ns)
        .text("by", comment.by)
        .text("text", comment.text)
        .end();
  }
  json.end().end();
  return std::move(json).take();
}

std::string live_alert_json(const Alert& alert, std::int64_t committed_ns) {
  data::JsonWriter json;
  json.begin_object().time("committed", committed_ns);
  write_members(json, alert);
  json.end();
  return std::move(json).take();
}

}  // namespace weir::hub
