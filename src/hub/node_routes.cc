// Nodes over REST.
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "data/json_writer.h"
#include "hub/request_body.h"
#include "hub/routes.h"
#include "hub/token.h"
#include "net/page.h"
#include "store/digest.h"

namespace weir::hub {

using base::Result;
using net::Method;
using net::Request;
using net::Response;

namespace {

constexpr std::size_t kNameMax = 256;  // what is too long for a name is told so
constexpr std::string_view kTwins = "two nodes run under this name and end each other's connection";

// The broker may take Broker::kReloadNsMax for the change before: who waits for it keeps a thread
// from others.
constexpr std::chrono::seconds kTurnWait{1};

std::unexpected<base::Error> busy() {
  return base::fail(base::Code::timeout,
                    "another change of nodes is under way, nothing was changed; try again");
}

void write_node(data::JsonWriter& json, const NodeView& node) {
  json.begin_object()
      .text("name", node.name)
      .text("state", name(node.presence))
      .time("added", node.added_ns);
  if (node.seen_ns != 0) json.time("seen", node.seen_ns);
  json.text_if("version", node.version);
  if (node.report_ns != 0) {
    json.time("reported", node.report_ns)
        .real("clock_offset_seconds", static_cast<double>(node.clock_offset_ns) * 1e-9)
        .count("deployments", node.deployments)
        .count("cameras", node.cameras)
        .count("failing", node.failing);
  }
  if (node.twins) json.text("trouble", kTwins);
  json.begin_object("lost");
  for (const link::Class of : link::kAllClasses) {
    json.number(link::name(of), node.lost[static_cast<std::size_t>(of)]);
  }
  json.end();
  if (!node.report.empty()) json.raw("report", node.report);
  json.end();
}

class NodeHandlers {
 public:
  NodeHandlers(Nodes& nodes, Broker& broker) : nodes_(nodes), broker_(broker) {}

  Result<Response> list(const Request& request);
  Result<Response> get(const Request& request);
  Result<Response> catalogue(const Request& request);
  Result<Response> add(const Request& request);
  Result<Response> remove(const Request& request);

 private:
  Nodes& nodes_;
  Broker& broker_;
  std::timed_mutex changing_;  // the broker takes one change at a time
};

Result<Response> NodeHandlers::list(const Request& request) {
  const auto list = std::bind_front(&Nodes::list, &nodes_);
  return net::answer_page(request, kNodeListMax, list, write_node);
}

Result<Response> NodeHandlers::get(const Request& request) {
  TRY(const NodeView node, nodes_.get(request.arguments.at(0)));
  data::JsonWriter json;
  write_node(json, node);
  return Response{.body = std::move(json).take()};
}

Result<Response> NodeHandlers::catalogue(const Request& request) {
  TRY(std::string json, nodes_.catalogue_json(request.arguments.at(0)));
  return Response{.body = std::move(json)};
}

// The only time the token is told.
Result<Response> NodeHandlers::add(const Request& request) {
  TRY(const net::TextMap body, read_texts(request.body, {{"name", kNameMax}}));
  const std::string& name = body.at("name");
  const std::string token = make_token();
  const std::string hash = Broker::hash(token);
  const std::unique_lock turn(changing_, kTurnWait);
  if (!turn) return busy();
  TRY_DO(nodes_.add(name, {.digest = store::sha256(token), .broker = hash}));
  if (const auto added = broker_.add({.name = name, .hash = hash}); !added) {
    // Known to one and not to the other would be a node that cannot be added again.
    if (added.error().code != base::Code::timeout) {
      TRY_DO(nodes_.remove(name));
      return std::unexpected(added.error());
    }
  }
  data::JsonWriter json;
  json.begin_object().text("name", name).text("token", token);
  const BrokerAddress& at = broker_.address();
  json.begin_object("broker").text("host", at.host).count("port", at.port).end().end();
  Response response{.status = 201, .body = std::move(json).take()};
  response.headers = {{"Location", "/api/v1/nodes/" + name}, {"Cache-Control", "no-store"}};
  return response;
}

Result<Response> NodeHandlers::remove(const Request& request) {
  const std::string& name = request.arguments.at(0);
  const std::unique_lock turn(changing_, kTurnWait);
  if (!turn) return busy();
  TRY_DO(nodes_.number(name));
  // The broker first: while it may still let the node in, the node is there to be removed again.
  TRY_DO(broker_.remove(name));
  TRY_DO(nodes_.remove(name));
  return Response{.status = 204};
}

}  // namespace

std::vector<net::Route> node_routes(Nodes& nodes, Broker& broker) {
  const auto handlers = std::make_shared<NodeHandlers>(nodes, broker);
  const auto bound = [&](auto handle) { return std::bind_front(handle, handlers); };
  return {
      {Method::get, "/api/v1/nodes", bound(&NodeHandlers::list)},
      {Method::post, "/api/v1/nodes", bound(&NodeHandlers::add), kSmallBodyMax, "application/json"},
      {Method::get, "/api/v1/nodes/{node}", bound(&NodeHandlers::get)},
      {Method::del, "/api/v1/nodes/{node}", bound(&NodeHandlers::remove)},
      {Method::get, "/api/v1/nodes/{node}/catalogue", bound(&NodeHandlers::catalogue)},
  };
}

}  // namespace weir::hub
