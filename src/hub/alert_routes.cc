// Alerts over REST.
#include <fmt/format.h>

#include <charconv>
#include <functional>
#include <limits>
#include <memory>
#include <system_error>
#include <utility>

#include "hub/alert_json.h"
#include "hub/request_body.h"
#include "hub/routes.h"
#include "net/query_reader.h"

namespace weir::hub {

using base::Code;
using base::Result;
using net::Method;
using net::Request;
using net::Response;

namespace {

constexpr std::size_t kByMax = 128;  // characters
constexpr std::size_t kCommentMax = 4'096;
constexpr std::size_t kListDefault = 50;

// The {number} of the path. Errors: unknown_name, since there is nothing under another text.
Result<std::int64_t> number_of(const Request& request) {
  const std::string& text = request.arguments.at(0);
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec == std::errc() && parsed.ptr == end) return number;
  return base::fail(Code::unknown_name,
                    fmt::format("there is no alert '{}', expected a number", text.substr(0, 64)));
}

Result<AlertFilter> filter_of(const Request& request) {
  net::QueryReader query(request);
  AlertFilter filter{.node = query.text("node"),
                     .device = query.text("device"),
                     .title = query.text("title"),
                     .since_ns = query.time_ns("since"),
                     .until_ns = query.time_ns("until"),
                     .acknowledged = query.flag("acknowledged")};
  filter.before = query.count("after", std::numeric_limits<std::int64_t>::max());
  filter.limit = query.count("limit", kAlertListMax).value_or(kListDefault);
  TRY_DO(query.finish());
  if (filter.limit == 0) return base::fail(Code::invalid, "'limit' is 0, expected at least 1");
  return filter;
}

class AlertHandlers {
 public:
  AlertHandlers(Alerts& alerts, const store::Blobs& pictures)
      : alerts_(alerts), pictures_(pictures) {}

  Result<Response> list(const Request& request) const;
  Result<Response> get(const Request& request) const;
  Result<Response> picture(const Request& request) const;
  Result<Response> acknowledge(const Request& request) const;
  Result<Response> comment(const Request& request) const;

 private:
  Result<Response> one(std::int64_t number) const;

  Alerts& alerts_;
  const store::Blobs& pictures_;
};

Result<Response> AlertHandlers::list(const Request& request) const {
  TRY(const AlertFilter filter, filter_of(request));
  TRY(const AlertPage page, alerts_.list(filter));
  data::JsonWriter json;
  json.begin_object().begin_list("items");
  for (const Alert& alert : page.alerts) write_alert(json, {}, alert);
  json.end();
  if (page.next != 0) json.number("next", page.next);
  json.end();
  return Response{.body = std::move(json).take()};
}

Result<Response> AlertHandlers::one(std::int64_t number) const {
  TRY(const Alert alert, alerts_.get(number));
  TRY(const std::vector<Comment> comments, alerts_.comments(number));
  return Response{.body = alert_json(alert, comments)};
}

Result<Response> AlertHandlers::get(const Request& request) const {
  TRY(const std::int64_t number, number_of(request));
  return one(number);
}

// The bytes are a node's word: they are shown as a picture or not at all.
Result<Response> AlertHandlers::picture(const Request& request) const {
  TRY(const std::int64_t number, number_of(request));
  TRY(const Alert alert, alerts_.get(number));
  if (alert.picture.empty()) {
    return base::fail(Code::unknown_name, fmt::format("alert {} has no picture", number));
  }
  Response response{.type = "image/jpeg"};
  const std::string tag = '"' + alert.picture + '"';
  response.headers = {{"ETag", tag},
                      {"Cache-Control", "private, max-age=31536000, immutable"},
                      {"Content-Security-Policy", "default-src 'none'; sandbox"}};
  if (request.header("if-none-match") == tag) {
    response.status = 304;
  } else {
    response.file = pictures_.path(alert.picture);
  }
  return response;
}

Result<Response> AlertHandlers::acknowledge(const Request& request) const {
  TRY(const std::int64_t number, number_of(request));
  TRY(const net::TextMap body, read_texts(request.body, {{"by", kByMax}}));
  TRY_DO(alerts_.acknowledge(number, body.at("by")));
  return one(number);
}

Result<Response> AlertHandlers::comment(const Request& request) const {
  TRY(const std::int64_t number, number_of(request));
  TRY(const net::TextMap body, read_texts(request.body, {{"by", kByMax}, {"text", kCommentMax}}));
  TRY_DO(alerts_.comment(number, body.at("by"), body.at("text")));
  return one(number);
}

}  // namespace

std::vector<net::Route> alert_routes(Alerts& alerts, const store::Blobs& pictures) {
  const auto handlers = std::make_shared<const AlertHandlers>(alerts, pictures);
  const auto bound = [&](auto handle) { return std::bind_front(handle, handlers); };
  return {
      {Method::get, "/api/v1/alerts", bound(&AlertHandlers::list)},
      {Method::get, "/api/v1/alerts/{number}", bound(&AlertHandlers::get)},
      {Method::get, "/api/v1/alerts/{number}/picture", bound(&AlertHandlers::picture)},
      {Method::post, "/api/v1/alerts/{number}/acknowledge", bound(&AlertHandlers::acknowledge),
       kSmallBodyMax, "application/json"},
      {Method::post, "/api/v1/alerts/{number}/comments", bound(&AlertHandlers::comment),
       kSmallBodyMax, "application/json"},
  };
}

}  // namespace weir::hub
