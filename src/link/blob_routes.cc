// Handlers of resumable uploads.
#include "link/blob_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "store/digest.h"

namespace weir::link {

using base::Code;
using base::fail;
using base::Result;
using net::Request;
using net::Response;

namespace {

constexpr std::string_view kPattern = "/api/v1/blobs/{digest}";
constexpr std::string_view kBasic = "Basic ";

enum class Whole : std::uint8_t { no, yes };

void say_state(Response& response, std::uint64_t offset, Whole whole) {
  response.headers.emplace_back("Upload-Offset", std::to_string(offset));
  response.headers.emplace_back("Upload-Complete", whole == Whole::yes ? "?1" : "?0");
}

Result<std::uint64_t> number(const Request& request, std::string_view lower_case_name) {
  const auto text = request.header(lower_case_name);
  std::uint64_t value = 0;
  if (text && !text->empty()) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error == std::errc{} && end == text->data() + text->size()) return value;
  }
  return fail(Code::invalid,
              fmt::format("the header field {} is {}; expected a number of bytes", lower_case_name,
                          text ? fmt::format("'{}'", text->substr(0, 32)) : "not there"));
}

// In any case (RFC 9110, clause 11.1).
bool starts_with_basic(std::string_view text) {
  return std::ranges::equal(text.substr(0, kBasic.size()), kBasic, [](char given, char expected) {
    return given == expected || (given >= 'A' && given <= 'z' && (given ^ expected) == 0x20);
  });
}

class BlobHandlers {
 public:
  BlobHandlers(store::Blobs& blobs, Authorize authorize, std::uint64_t bytes_max)
      : blobs_(blobs), authorize_(std::move(authorize)), bytes_max_(bytes_max) {}

  Response head(const Request& request) const;
  Response patch(const Request& request) const;

 private:
  std::optional<Response> refuse(const Request& request) const;
  Response refused_piece(const std::string& digest, const base::Error& error) const;
  Whole whole(std::string_view digest) const { return blobs_.has(digest) ? Whole::yes : Whole::no; }

  store::Blobs& blobs_;
  const Authorize authorize_;
  const std::uint64_t bytes_max_;
};

std::optional<Response> BlobHandlers::refuse(const Request& request) const {
  if (const auto allowed = authorize_(request); !allowed) {
    Response response = net::problem(401, "Unauthorized", allowed.error().message);
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"weir\"");
    return response;
  }
  if (!base::is_digest(request.arguments.at(0))) {
    return net::problem(400, "Bad Request",
                        fmt::format("no digest: '{}'; expected sha256: and 64 digits of 0-9 a-f",
                                    request.arguments.at(0).substr(0, 80)));
  }
  return {};
}

Response BlobHandlers::head(const Request& request) const {
  if (auto refusal = refuse(request)) return std::move(*refusal);
  const std::string& digest = request.arguments.at(0);
  const Whole there = whole(digest);
  const auto size = blobs_.partial_size(digest);
  if (!size) return net::problem(size.error());
  if (*size == 0 && there == Whole::no)
    return net::problem(404, "Not Found", fmt::format("nothing of the blob {} is here", digest));
  Response response;
  say_state(response, *size, there);
  return response;
}

Response BlobHandlers::patch(const Request& request) const {
  if (auto refusal = refuse(request)) return std::move(*refusal);
  const std::string& digest = request.arguments.at(0);
  const auto offset = number(request, "upload-offset");
  if (!offset) return net::problem(offset.error());
  const auto length = number(request, "upload-length");
  if (!length) return net::problem(length.error());
  if (*length > bytes_max_) {
    return net::problem(
        413, "Content Too Large",
        fmt::format("a blob of {} bytes; at most {} are kept", *length, bytes_max_));
  }
  if (*offset > *length || request.body.size() > *length - *offset) {
    return net::problem(400, "Bad Request",
                        fmt::format("{} bytes from {} on do not fit into {}", request.body.size(),
                                    *offset, *length));
  }
  const auto size = blobs_.append_partial(digest, *offset, request.body, *length);
  if (!size) return refused_piece(digest, size.error());
  Response response{.status = 204};
  say_state(response, *size, whole(digest));
  return response;
}

Response BlobHandlers::refused_piece(const std::string& digest, const base::Error& error) const {
  switch (error.code) {
    case Code::conflict: {
      Response response = net::problem(409, "Conflict", error.message);
      if (const auto size = blobs_.partial_size(digest)) say_state(response, *size, whole(digest));
      return response;
    }
    case Code::corrupt: return net::problem(422, "Unprocessable Content", error.message);
    case Code::limit: return net::problem(507, "Insufficient Storage", error.message);
    default: return net::problem(error);
  }
}

}  // namespace

std::vector<net::Route> blob_routes(store::Blobs& blobs, Authorize authorize,
                                    std::uint64_t bytes_max) {
  const auto handlers =
      std::make_shared<const BlobHandlers>(blobs, std::move(authorize), bytes_max);
  return {
      {.method = net::Method::head,
       .pattern = std::string(kPattern),
       .handle = std::bind_front(&BlobHandlers::head, handlers)},
      {.method = net::Method::patch,
       .pattern = std::string(kPattern),
       .handle = std::bind_front(&BlobHandlers::patch, handlers),
       .body_max = kPatchBytesMax},
  };
}

std::string write_basic(const Credentials& credentials) {
  const std::string text = credentials.user + ":" + credentials.password;
  return std::string(kBasic) +
         base::encode_base64({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

Result<Credentials> read_basic(const Request& request) {
  const auto expected = [] {
    return fail(Code::refused, "no Authorization of the scheme Basic; expected a name and a token");
  };
  const auto header = request.header("authorization");
  if (!header || !starts_with_basic(*header)) return expected();
  const auto text = base::decode_base64(header->substr(kBasic.size()));
  if (!text) return expected();
  const std::size_t colon = text->find(':');
  if (colon == std::string::npos) return expected();
  return Credentials{.user = text->substr(0, colon), .password = text->substr(colon + 1)};
}

}  // namespace weir::link
