// A node or hub, over REST.
#include "cli/server.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <utility>

#include "data/json.h"

namespace weir::cli {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{4} << 20;  // of one upload request

std::int64_t number_of(const data::Value* value) {
  const auto* const number = value == nullptr ? nullptr : value->get<std::int64_t>();
  return number == nullptr ? 0 : *number;
}

// One mistake of a problem, as `weir check` prints it.
std::string fault_line(const data::Value& fault) {
  const auto line = static_cast<int>(number_of(fault.find("line")));
  const auto column = static_cast<int>(number_of(fault.find("column")));
  return data::to_string({.file = fault.text_at("file"),
                          .position = {line, column},
                          .message = fault.text_at("detail")});
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
  const std::string detail = problem ? problem->text_at("detail") : "";
  const std::string title = problem ? problem->text_at("title") : "";
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

base::Result<net::Answer> Server::send(net::Call call, int status, int tries) {
  call.url = url_ + call.url;
  call.deadline_ns = kCallTimeoutNs;
  auto sent = client_.send(call);
  for (int tried = 1; tried < tries && sent && sent->status == 503; ++tried) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(kBusyWaitNs));
    sent = client_.send(call);
  }
  if (!sent) {
    return base::fail(sent.error().code, "no node or hub is reached at " + url_ + ": " +
                                             sent.error().message + "; --server names another");
  }
  net::Answer answer = *std::move(sent);
  if (call.method == net::Method::head || answer.status == status) return answer;
  if (answer.status >= 400) return base::fail(code_of(answer.status), explain(answer, call.url));
  return base::fail(base::Code::network, call.url + " answered with status " +
                                             std::to_string(answer.status) + ", expected " +
                                             std::to_string(status) +
                                             " of a node or hub; --server names another");
}

base::Result<data::Value> Server::read(net::Call call, const Expected& expected) {
  const std::string url = url_ + call.url;
  TRY(const net::Answer answer, send(std::move(call), expected.status, expected.tries));
  auto value = data::parse_json(answer.body);
  const auto has = [&value](std::string_view member, auto type) {
    const data::Value* const found = value ? value->find(member) : nullptr;
    return member.empty() || (found != nullptr && found->get<decltype(type)>() != nullptr);
  };
  if (value && has(expected.list, data::List()) && has(expected.text, std::string())) return value;
  const bool list = expected.text.empty();
  return base::fail(base::Code::network,
                    url + " answered with something else than a JSON object with the " +
                        (list ? "list '" : "text '") +
                        std::string(list ? expected.list : expected.text) +
                        "', expected a node or hub; --server names another");
}

base::Result<data::Value> Server::get(const std::string& path, const Expected& expected) {
  return read({.method = net::Method::get, .url = path}, expected);
}

base::Result<> Server::remove(const std::string& path) {
  TRY_DO(send({.method = net::Method::del, .url = path}, 204));
  return {};
}

base::Result<data::Value> Server::post(const std::string& path, std::string type, std::string body,
                                       const Expected& expected) {
  return read({.method = net::Method::post,
               .url = path,
               .headers = {{"Content-Type", std::move(type)}},
               .body = std::move(body)},
              expected);
}

base::Result<> Server::upload(const std::string& path, const std::string& digest,
                              std::uint64_t bytes) {
  const std::string blob = "/api/v1/blobs/" + digest;
  std::ifstream file(path, std::ios::binary);
  std::uint64_t most = 0;  // of the offsets
  for (int waits = 0;; ++waits) {
    TRY(const auto offset, upload_offset(blob));
    if (!offset) return {};
    auto sent = send_rest(file, blob, std::min(*offset, bytes), bytes);
    if (sent || sent.error().code != base::Code::conflict) return sent;
    if (*offset > most) waits = 0;
    most = std::max(most, *offset);
    if (waits >= kUploadWaitsMax) return sent;
    std::this_thread::sleep_for(std::chrono::nanoseconds(kUploadWaitNs));
  }
}

// How much of a blob is there; nothing: it is complete. All bytes may be there and not yet be
// checked: only what the server calls complete is.
base::Result<std::optional<std::uint64_t>> Server::upload_offset(const std::string& blob) {
  TRY(const net::Answer head, send({.method = net::Method::head, .url = blob}, 200));
  const auto state = [&head](const char* field) {
    const auto found = head.headers.find(field);
    return head.status == 200 && found != head.headers.end() ? found->second : "";
  };
  if (state("upload-complete") == "?1") return std::optional<std::uint64_t>();
  return std::strtoull(state("upload-offset").c_str(), nullptr, 10);
}

// Error: conflict where another client sends, or has sent meanwhile.
base::Result<> Server::send_rest(std::ifstream& file, const std::string& blob, std::uint64_t offset,
                                 std::uint64_t bytes) {
  file.clear();
  file.seekg(static_cast<std::streamoff>(offset));
  do {
    std::string piece(std::min<std::uint64_t>(kPieceBytes, bytes - offset), '\0');
    if (!file.read(piece.data(), static_cast<std::streamsize>(piece.size())))
      return base::fail(base::Code::io, "the file cannot be read to its end");
    const std::uint64_t end = offset + piece.size();
    TRY_DO(send({.method = net::Method::patch,
                 .url = blob,
                 .headers = {{"Content-Type", "application/octet-stream"},
                             {"Upload-Offset", std::to_string(offset)},
                             {"Upload-Length", std::to_string(bytes)}},
                 .body = std::move(piece)},
                204));
    offset = end;
  } while (offset < bytes);
  return {};
}

}  // namespace weir::cli
