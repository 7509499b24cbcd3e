// HEAD and PATCH of blobs.
#include "link/upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "link/blob_routes.h"

namespace weir::link {

using base::Code;
using base::fail;
using base::Result;

namespace {

std::optional<std::uint64_t> upload_offset(const net::Answer& answer) {
  const auto found = answer.headers.find("upload-offset");
  if (found == answer.headers.end()) return {};
  const std::string& text = found->second;
  std::uint64_t offset = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return offset;
}

bool is_complete(const net::Answer& answer) {
  const auto found = answer.headers.find("upload-complete");
  return found != answer.headers.end() && found->second == "?1";
}

// What an answer that is no success means, whatever was asked.
base::Error failure(const Upload& upload, const net::Answer& answer) {
  Code code = Code::network;
  if (answer.status == 401 || answer.status == 403) code = Code::refused;
  if (answer.status == 413 || answer.status == 507) code = Code::limit;
  if (answer.status == 422) code = Code::corrupt;
  return {code, fmt::format("the hub answers {} to the picture {}: {}", answer.status,
                            upload.digest, answer.body.substr(0, 200))};
}

}  // namespace

Uploader::Uploader(Options options)
    : options_(std::move(options)),
      authorization_(write_basic({.user = options_.node, .password = options_.token})) {}

Result<Uploader::Progress> Uploader::advance(Upload& upload) {
  auto progress = step(upload);
  if (!progress) {
    upload.begin = Upload::Begin::ask;
    if (progress.error().code == Code::timeout)
      piece_bytes_ = std::max(piece_bytes_ / 2, kPieceBytesMin);
  } else if (progress->bytes == piece_bytes_) {
    piece_bytes_ = std::min(piece_bytes_ * 2, kPieceBytesMax);
  }
  return progress;
}

Result<Uploader::Progress> Uploader::step(Upload& upload) {
  std::optional<base::Error> lost;
  if (upload.bytes.empty()) {
    auto bytes = options_.blobs.get(upload.digest);
    if (bytes) {
      upload.bytes = std::move(*bytes);
    } else if (bytes.error().code == Code::missing || bytes.error().code == Code::corrupt) {
      lost = bytes.error();
    } else {
      return std::unexpected(bytes.error());
    }
  }
  if (upload.begin == Upload::Begin::ask || lost) {
    TRY(const State state, ask(upload));
    if (state == State::done) return Progress{.state = State::done};
    if (lost) return fail(Code::missing, lost->message);
    upload.begin = Upload::Begin::send;
  }
  return send(upload);
}

Result<Uploader::State> Uploader::ask(Upload& upload) {
  TRY(const net::Answer answer, call(net::Method::head, upload, {}, ""));
  upload.offset = 0;
  if (answer.status == 404) return State::more;
  if (answer.status != 200) return std::unexpected(failure(upload, answer));
  if (is_complete(answer)) return State::done;
  const auto offset = upload_offset(answer);
  if (offset && *offset <= upload.bytes.size()) upload.offset = *offset;
  return State::more;
}

Result<Uploader::Progress> Uploader::send(Upload& upload) {
  const std::size_t size = std::min<std::size_t>(piece_bytes_, upload.bytes.size() - upload.offset);
  TRY(const net::Answer answer, call(net::Method::patch, upload,
                                     {{"Content-Type", "application/partial-upload"},
                                      {"Upload-Offset", std::to_string(upload.offset)},
                                      {"Upload-Length", std::to_string(upload.bytes.size())}},
                                     upload.bytes.substr(upload.offset, size)));
  const auto offset = upload_offset(answer);
  if (answer.status == 204) {
    upload.conflicts = 0;
    if (is_complete(answer)) return Progress{.state = State::done, .bytes = size};
    if (offset && *offset > upload.offset && *offset < upload.bytes.size()) {
      upload.offset = *offset;
      return Progress{.bytes = size};
    }
    return fail(Code::network, fmt::format("the hub took {} bytes of the picture {} and says "
                                           "neither that it is whole nor from where to go on",
                                           size, upload.digest));
  }
  if (answer.status == 409 && offset && *offset <= upload.bytes.size() &&
      ++upload.conflicts < kConflictsMax) {
    upload.offset = *offset;
    return Progress{.bytes = size};
  }
  upload.conflicts = 0;
  return std::unexpected(failure(upload, answer));
}

Result<net::Answer> Uploader::call(net::Method method, const Upload& upload,
                                   std::vector<std::pair<std::string, std::string>> headers,
                                   std::string body) {
  if (options_.cancel) return fail(Code::ended, "the uplink stops");
  headers.emplace_back("Authorization", authorization_);
  return client_.send({.method = method,
                       .url = fmt::format("{}/api/v1/blobs/{}", options_.hub_url, upload.digest),
                       .headers = std::move(headers),
                       .body = std::move(body),
                       .deadline_ns = kCallNsMax,
                       .cancel = &options_.cancel});
}

}  // namespace weir::link
