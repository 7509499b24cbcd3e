// A node or hub, over REST.
#include "cli/server.h"

#include <cstdlib>
#include <fstream>
#include <utility>

#include "data/json.h"

namespace weir::cli {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{4} << 20;  // of one upload request

std::string text_of(const data::Value* value) {
  const auto* const text = value == nullptr ? nullptr : value->get<std::string>();
  return text == nullptr ? "" : *text;
}

std::int64_t number_of(const data::Value* value) {
  const auto* const number = value == nullptr ? nullptr : value->get<std::int64_t>();
  return number == nullptr ? 0 : *number;
}

// One mistake of a problem, as `weir check` prints it.
std::string fault_line(const data::Value& fault) {
  const auto line = static_cast<int>(number_of(fault.find("line")));
  const auto column = static_cast<int>(number_of(fault.find("column")));
  return data::to_string({.file = text_of(fault.find("file")),
                          .position = {line, column},
                          .message = text_of(fault.find("detail"))});
}

// What a problem (RFC 9457) says to a person.
std::string explain(const net::Answer& answer, const std::string& url) {
  const auto problem = data::parse_json(answer.body);
  const data::Value* const errors = problem ? problem->find("errors") : nullptr;
  if (errors != nullptr && errors->get<data::List>() != nullptr) {
    std::string out;
    for (const data::Value& fault : *errors->get<data::List>())
      out += (out.empty() ? "" : "\n") + fault_line(fault);
    if (!out.empty()) return out;
  }
  const std::string detail = problem ? text_of(problem->find("detail")) : "";
  const std::string title = problem ? text_of(problem->find("title")) : "";
  if (!detail.empty() || !title.empty()) return detail.empty() ? title : detail;
  return url + " answered with status " + std::to_string(answer.status);
}

base::Code code_of(int status) {
  if (status == 404) return base::Code::unknown_name;
  if (status == 409) return base::Code::conflict;
  if (status == 401 || status == 403) return base::Code::refused;
  return status >= 500 ? base::Code::network : base::Code::invalid;
}

}  // namespace

std::string server_url(std::string_view given, std::uint16_t port) {
  std::string url(given);
  if (const char* const set = std::getenv("WEIR_SERVER"); url.empty() && set != nullptr) url = set;
  if (url.empty()) url = "http://127.0.0.1:" + std::to_string(port);
  while (url.ends_with('/')) url.pop_back();
  return url;
}

base::Result<net::Answer> Server::send(net::Call call) {
  call.url = url_ + call.url;
  call.deadline_ns = kCallTimeout_ns;
  auto sent = client_.send(call);
  if (!sent) {
    return base::fail(sent.error().code, "no node or hub is reached at " + url_ + ": " +
                                             sent.error().message + "; --server names another");
  }
  net::Answer answer = *std::move(sent);
  const bool head = call.method == net::Method::head;
  if (answer.status >= 400 && !head)
    return base::fail(code_of(answer.status), explain(answer, call.url));
  return answer;
}

base::Result<data::Value> Server::read(net::Call call) {
  TRY(const net::Answer answer, send(std::move(call)));
  if (answer.body.empty()) return base::Result<data::Value>();
  return data::parse_json(answer.body);
}

base::Result<data::Value> Server::get(const std::string& path) {
  return read({.method = net::Method::get, .url = path});
}

base::Result<data::Value> Server::remove(const std::string& path) {
  return read({.method = net::Method::del, .url = path});
}

base::Result<data::Value> Server::post(const std::string& path, std::string type,
                                       std::string body) {
  return read({.method = net::Method::post,
               .url = path,
               .headers = {{"Content-Type", std::move(type)}},
               .body = std::move(body)});
}

base::Result<> Server::upload(const std::string& path, const std::string& digest,
                              std::uint64_t bytes) {
  const std::string url = "/api/v1/blobs/" + digest;
  TRY(const net::Answer head, send({.method = net::Method::head, .url = url}));
  const auto state = [&head](const char* field) {
    const auto found = head.headers.find(field);
    return head.status == 200 && found != head.headers.end() ? found->second : "";
  };
  // All bytes may be there and not yet be checked: only what the server calls complete is.
  if (state("upload-complete") == "?1") return {};
  std::uint64_t offset = std::strtoull(state("upload-offset").c_str(), nullptr, 10);
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  do {
    std::string piece(std::min<std::uint64_t>(kPieceBytes, bytes - offset), '\0');
    if (!file.read(piece.data(), static_cast<std::streamsize>(piece.size())))
      return base::fail(base::Code::io, path + " cannot be read to its end");
    const std::uint64_t end = offset + piece.size();
    TRY_DO(send({.method = net::Method::patch,
                 .url = url,
                 .headers = {{"Content-Type", "application/octet-stream"},
                             {"Upload-Offset", std::to_string(offset)},
                             {"Upload-Length", std::to_string(bytes)}},
                 .body = std::move(piece)}));
    offset = end;
  } while (offset < bytes);
  return {};
}

}  // namespace weir::cli
