// The routes of resources.
#include "resource/routes.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "data/json_writer.h"
#include "resource/text_parts.h"

namespace weir::resource {

using base::Code;
using base::Result;
using data::JsonWriter;
using net::Method;
using net::Request;
using net::Response;

namespace {

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

Result<std::size_t> limit_of(const Request& request) {
  const auto text = request.parameter("limit");
  if (!text) return kListMax;
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (error == std::errc() && end == text->data() + text->size() && limit >= 1 &&
      limit <= kListMax) {
    return limit;
  }
  return base::fail(Code::invalid, "'limit' is '" + std::string(*text) +
                                       "', expected a number from 1 to " +
                                       std::to_string(kListMax));
}

Result<Apply> mode_of(const Request& request) {
  const std::string_view text = request.parameter("dry-run").value_or("false");
  if (text == "false") return Apply::keep;
  if (text == "true") return Apply::dry_run;
  return base::fail(Code::invalid,
                    "'dry-run' is '" + std::string(text) + "', expected true or false");
}

Response list(const Resources& resources, Kind kind, const Request& request) {
  const auto limit = limit_of(request);
  if (!limit) return net::problem(limit.error());
  const auto found =
      resources.list(kind, request.parameter("after").value_or(std::string_view()), *limit);
  JsonWriter json;
  json.begin_object().begin_list("items");
  for (const Resource& resource : found) write_resource(json, resource);
  json.end();
  if (found.size() == *limit) json.text("next", found.back().name);
  json.end();
  return {.body = std::move(json).take()};
}

Response get(const Resources& resources, Kind kind, const Request& request) {
  const auto found = resources.get(kind, request.arguments.front());
  if (!found) return net::problem(found.error());
  JsonWriter json;
  write_resource(json, *found);
  return {.body = std::move(json).take()};
}

Response remove(Resources& resources, Kind kind, const Request& request) {
  const auto removed = resources.remove(kind, request.arguments.front());
  if (!removed) return net::problem(removed.error());
  return {.status = 204};
}

Response apply(Resources& resources, const Request& request) {
  const auto mode = mode_of(request);
  if (!mode) return net::problem(mode.error());
  const std::string_view file = request.parameter("file").value_or(std::string_view());
  if (!valid_part_name(file)) {
    return net::problem(
        base::Error{Code::invalid, "'file' is no name of a file, expected at most " +
                                       std::to_string(kPartNameBytesMax) + " printable bytes"});
  }
  const auto applied = resources.apply(request.body, file, *mode);
  if (!applied) return net::problem(applied.error());
  if (!applied->refused.empty()) {
    return net::problem("The documents are refused, nothing was changed", applied->refused);
  }
  return {.body = applied_json(*applied, *mode, resources.revision())};
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
                   kApplyBytesMax});
  return table;
}

}  // namespace weir::resource
