// The routes of resources.
#include "resource/routes.h"

#include <string>
#include <string_view>
#include <utility>

#include "data/json_writer.h"
#include "net/page.h"
#include "net/query_reader.h"
#include "resource/text_parts.h"

namespace weir::resource {

using base::Code;
using base::Result;
using data::JsonWriter;
using net::Method;
using net::Request;
using net::Response;

namespace {

constexpr int kInsufficientStorage = 507;  // RFC 4918, 11.5

void write_texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.begin_list(key);
  for (const std::string& text : texts) json.text("", text);
  json.end();
}

void write_resource(JsonWriter& json, const Resource& resource) {
  json.begin_object();
  json.text("kind", name(resource.kind)).text("name", resource.name);
  json.count("generation", resource.generation).time("updated", resource.updated_ns);
  json.raw("spec", resource.spec);
  write_texts(json, "sealed", resource.sealed);
  if (!resource.versions.empty()) {
    json.begin_list("versions");
    for (const Version& version : resource.versions) {
      json.begin_object().text("version", version.digest).time("applied", version.applied_ns);
      write_texts(json, "used_by", version.used_by);
      json.end();
    }
    json.end();
  }
  json.end();
}

std::string applied_json(const Applied& applied, Apply mode, std::uint64_t revision) {
  JsonWriter json;
  json.begin_object().flag("dry_run", mode == Apply::dry_run).count("revision", revision);
  json.begin_list("documents");
  for (const AppliedDocument& document : applied.documents) {
    json.begin_object().text("kind", name(document.kind)).text("name", document.name);
    json.text("outcome", name(document.outcome)).count("generation", document.generation).end();
  }
  json.end();
  write_texts(json, "notes", applied.notes);
  json.end();
  return std::move(json).take();
}

Result<Response> list(const Resources& resources, Kind kind, const Request& request) {
  const auto list = [&](std::string_view after, std::size_t count) {
    return Result<std::vector<Resource>>(resources.list(kind, after, count));
  };
  return net::answer_page(request, kListMax, list, write_resource);
}

Result<Response> get(const Resources& resources, Kind kind, const Request& request) {
  TRY(const Resource found, resources.get(kind, request.arguments.front()));
  JsonWriter json;
  write_resource(json, found);
  return Response{.body = std::move(json).take()};
}

Result<Response> remove(Resources& resources, Kind kind, const Request& request) {
  TRY_DO(resources.remove(kind, request.arguments.front()));
  return Response{.status = 204};
}

Result<Response> apply(Resources& resources, const Request& request) {
  net::QueryReader query(request);
  const Apply mode = query.flag("dry-run").value_or(false) ? Apply::dry_run : Apply::keep;
  const std::string_view file = query.text("file").value_or("");
  TRY_DO(query.finish());
  if (!valid_part_name(file)) {
    return base::fail(Code::invalid, "'file' is no name of a file, expected at most " +
                                         std::to_string(kPartNameBytesMax) + " printable bytes");
  }
  TRY(const Applied applied, resources.apply(request.body, file, mode));
  if (!applied.refused.empty()) {
    return net::problem("The documents are refused, nothing was changed", applied.refused);
  }
  return Response{.body = applied_json(applied, mode, resources.revision())};
}

}  // namespace

std::vector<net::Route> routes(Resources& resources) {
  std::vector<net::Route> table;
  for (const KindName& each : kKinds) {
    const std::string all = "/api/v1/" + std::string(each.plural);
    const std::string one = all + "/{name}";
    const Kind kind = each.kind;
    table.push_back({Method::get, all, [&resources, kind](const Request& request) {
                       return list(resources, kind, request);
                     }});
    table.push_back({Method::get, one, [&resources, kind](const Request& request) {
                       return get(resources, kind, request);
                     }});
    table.push_back({Method::del, one, [&resources, kind](const Request& request) {
                       return remove(resources, kind, request);
                     }});
  }
  table.push_back({Method::post, "/api/v1/apply",
                   [&resources](const Request& request) { return apply(resources, request); },
                   kApplyBytesMax, "application/yaml"});
  return table;
}

std::vector<net::Route> with_room(std::vector<net::Route> uploads, Resources& resources) {
  for (net::Route& route : uploads) {
    route.handle = [upload = std::move(route.handle), &resources](const Request& request) {
      Result<Response> response = upload(request);
      while (response && response->status == kInsufficientStorage && resources.make_room()) {
        response = upload(request);
      }
      return response;
    };
  }
  return uploads;
}

}  // namespace weir::resource
