// The verbs that talk to a node or hub.
#include "cli/remote.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "cli/fields.h"
#include "cli/output.h"
#include "cli/server.h"
#include "cli/table.h"
#include "data/json.h"
#include "infer/package.h"
#include "net/daemon_config.h"
#include "net/target.h"
#include "resource/bundle.h"
#include "resource/kind.h"

namespace weir::cli {
namespace {

constexpr std::string_view kNodesPath = "/api/v1/nodes";

// /api/v1/devices, for whatever word a person used.
base::Result<std::string> path_of(const std::string& word) {
  if (word == "node" || word == "nodes") return std::string(kNodesPath);
  if (const auto kind = resource::parse_kind_argument(word))
    return "/api/v1/" + std::string(resource::plural(*kind));
  std::string known;
  for (const resource::KindName& kind : resource::kKinds) known += std::string(kind.plural) + ", ";
  return base::fail(base::Code::unknown_name,
                    "no kind '" + word + "', expected one of: " + known + "nodes");
}

// Nodes are a hub's.
std::uint16_t port_of(const std::string& path) {
  return path == kNodesPath ? net::kHubPort : net::kNodePort;
}

// RFC 3339 to the second.
std::string short_time(const std::string& time) {
  return time.size() > 19 ? time.substr(0, 19) + "Z" : time;
}

int print_table(const data::List& items) {
  Table table({"NAME", "GENERATION", "UPDATED"});
  for (const data::Value& item : items) {
    table.add(
        {text_at(item, "name"), text_at(item, "generation"), short_time(text_at(item, "updated"))});
  }
  return print(table.text());
}

int print_nodes(const data::List& items) {
  Table table({"NAME", "STATE", "LAST SEEN"});
  for (const data::Value& item : items) {
    table.add({text_at(item, "name"), text_at(item, "state"), short_time(text_at(item, "seen"))});
  }
  return print(table.text());
}

// All pages of a list, in the order of the names.
base::Result<data::List> all_items(Server& server, const std::string& path) {
  data::List out;
  std::string query;
  for (;;) {
    TRY(const data::Value page, server.get(path + query, {.list = "items"}));
    for (const data::Value& item : list_at(page, "items")) out.push_back(item);
    const std::string next = text_at(page, "next");
    if (next.empty()) return out;
    query = "?after=" + net::encode_percent(next);
  }
}

}  // namespace

int apply(const ApplyOptions& options) {
  data::Diagnostics mistakes;
  const resource::Bundle bundle = resource::make_bundle(options.files, mistakes);
  for (const std::string& folder : bundle.model_folders) infer::check_package(folder, mistakes);
  if (!mistakes.empty()) return complain(mistakes.text());
  Server server(server_url(options.server, net::kNodePort));
  if (!options.dry_run) {
    for (const resource::Upload& file : bundle.uploads) {
      if (const auto sent = server.upload(file.path, file.digest, file.bytes); !sent)
        return complain(file.path + ": " + sent.error().message);
    }
  }
  const std::string query = options.dry_run ? "?dry-run=true" : "";
  const auto applied = server.post("/api/v1/apply" + query, "application/yaml", bundle.text,
                                   {.list = "documents", .tries = Server::kBusyTriesMax});
  if (!applied) return complain(applied.error().message);
  std::string outcomes;
  for (const data::Value& document : list_at(*applied, "documents")) {
    outcomes += fmt::format("{} {} {}{}\n", text_at(document, "kind"), text_at(document, "name"),
                            text_at(document, "outcome"), options.dry_run ? " (dry run)" : "");
  }
  const int code = print(outcomes);
  for (const data::Value& note : list_at(*applied, "notes")) {
    if (const auto* const text = note.get<std::string>()) complain("note: " + *text);
  }
  return code;
}

int get(const ResourceOptions& options) {
  const auto path = path_of(options.kind);
  if (!path) return complain(path.error().message);
  Server server(server_url(options.server, port_of(*path)));
  data::List items;
  if (options.name.empty()) {
    auto all = all_items(server, *path);
    if (!all) return complain(all.error().message);
    items = *std::move(all);
  } else {
    const auto one = server.get(*path + "/" + net::encode_percent(options.name), {.text = "name"});
    if (!one) return complain(one.error().message);
    items.push_back(*one);
  }
  if (options.form == Form::json) {
    std::string text;
    data::append_json(text, options.name.empty() ? data::Value(std::move(items)) : items.front());
    return print(text + "\n");
  }
  return *path == kNodesPath ? print_nodes(items) : print_table(items);
}

int describe(const ResourceOptions& options) {
  const auto path = path_of(options.kind);
  if (!path) return complain(path.error().message);
  Server server(server_url(options.server, port_of(*path)));
  const auto found = server.get(*path + "/" + net::encode_percent(options.name), {.text = "name"});
  if (!found) return complain(found.error().message);
  std::string text = tree(*found);
  const auto status = server.get("/api/v1/status", {.list = "deployments"});
  if (!status) return print(text);  // a hub runs nothing of it
  const auto kind = resource::parse_kind_argument(options.kind);
  for (const data::Value& each : list_at(*status, "deployments")) {
    if (kind == resource::Kind::deployment && text_at(each, "name") == options.name)
      text += "status:\n" + tree(each, 2);
  }
  for (const data::Value& each : list_at(*status, "cameras")) {
    if (kind == resource::Kind::device && text_at(each, "device") == options.name)
      text += "status:\n" + tree(each, 2);
  }
  return print(text);
}

int remove(const ResourceOptions& options) {
  const auto path = path_of(options.kind);
  if (!path) return complain(path.error().message);
  Server server(server_url(options.server, port_of(*path)));
  const auto removed = server.remove(*path + "/" + net::encode_percent(options.name));
  if (!removed) return complain(removed.error().message);
  return print(options.kind + " " + options.name + " deleted\n");
}

int node_add(const NodeOptions& options) {
  Server server(server_url(options.server, net::kHubPort));
  std::string body;
  data::append_json(body, data::Map{{"name", options.name}});
  const auto added = server.post(std::string(kNodesPath), "application/json", body,
                                 {.status = 201, .text = "token"});
  if (!added) return complain(added.error().message);
  const data::Value& broker = object_at(*added, "broker");
  if (text_at(broker, "host").empty())
    return complain(server.url() + " names no broker, expected a hub");
  return print(
      fmt::format("# node.yaml of {0}; the token is not shown again\n"
                  "name: \"{0}\"\n"
                  "data: weir-node\n"
                  "hub: {{url: \"{1}\", broker: {{host: \"{2}\", port: {3}}}, token: \"{4}\"}}\n",
                  options.name, server.url(), text_at(broker, "host"), text_at(broker, "port"),
                  text_at(*added, "token")));
}

int node_list(const NodeOptions& options) {
  return get({.server = options.server, .kind = "nodes", .name = {}});
}

int node_delete(const NodeOptions& options) {
  return remove({.server = options.server, .kind = "nodes", .name = options.name});
}

}  // namespace weir::cli
