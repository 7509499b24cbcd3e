// HEAD and PATCH of blobs.
#include "link/upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include "base/check.h"
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

std::vector<Result<Uploader::Progress>> Uploader::advance(std::span<Upload> uploads) {
  CHECK(uploads.size() <= kUploadsMax);
  std::vector<Result<Progress>> all(uploads.size());
  std::vector<net::Call> calls;
  std::vector<std::size_t> called;
  for (std::size_t i = 0; i < uploads.size(); ++i) {
    if (options_.cancel) {
      all[i] = fail(Code::ended, "the uplink stops");
    } else if (auto there = read(uploads[i]); !there) {
      all[i] = std::unexpected(std::move(there.error()));
    } else {
      calls.push_back(request(uploads[i]));
      called.push_back(i);
    }
  }
  auto answers = client_.send_all(calls);
  for (std::size_t i = 0; i < called.size(); ++i) {
    auto& progress = all[called[i]];
    if (answers[i]) {
      progress = take(uploads[called[i]], *answers[i]);
    } else {
      progress = std::unexpected(std::move(answers[i].error()));
    }
    if (!progress) uploads[called[i]].begin = Upload::Begin::ask;
  }
  fit_pieces(all);
  return all;
}

// Smaller ones where the network is too slow, larger ones again where it is not.
void Uploader::fit_pieces(const std::vector<Result<Progress>>& all) {
  const auto timed_out = [](const auto& one) { return !one && one.error().code == Code::timeout; };
  const auto whole = [this](const auto& one) { return one && one->bytes == piece_bytes_; };
  if (std::ranges::any_of(all, timed_out)) {
    piece_bytes_ = std::max(piece_bytes_ / 2, kPieceBytesMin);
  } else if (std::ranges::any_of(all, whole)) {
    piece_bytes_ = std::min(piece_bytes_ * 2, kPieceBytesMax);
  }
}

// A picture that is lost here may be at the hub all the same.
Result<> Uploader::read(Upload& upload) {
  if (!upload.bytes.empty()) return {};
  auto bytes = options_.blobs.get(upload.digest);
  if (bytes) {
    upload.bytes = std::move(*bytes);
  } else if (bytes.error().code == Code::missing || bytes.error().code == Code::corrupt) {
    upload.lost = bytes.error().message;
    upload.begin = Upload::Begin::ask;
  } else {
    return std::unexpected(std::move(bytes.error()));
  }
  return {};
}

std::size_t Uploader::piece(const Upload& upload) const {
  return std::min<std::size_t>(piece_bytes_, upload.bytes.size() - upload.offset);
}

net::Call Uploader::request(const Upload& upload) const {
  net::Call call{.method = net::Method::head,
                 .url = fmt::format("{}/api/v1/blobs/{}", options_.hub_url, upload.digest),
                 .headers = {{"Authorization", authorization_}},
                 .deadline_ns = kCallNsMax,
                 .cancel = &options_.cancel};
  if (upload.begin == Upload::Begin::ask) return call;
  call.method = net::Method::patch;
  call.headers.emplace_back("Content-Type", "application/partial-upload");
  call.headers.emplace_back("Upload-Offset", std::to_string(upload.offset));
  call.headers.emplace_back("Upload-Length", std::to_string(upload.bytes.size()));
  call.body = upload.bytes.substr(upload.offset, piece(upload));
  return call;
}

Result<Uploader::Progress> Uploader::take(Upload& upload, const net::Answer& answer) {
  return upload.begin == Upload::Begin::ask ? take_asked(upload, answer)
                                            : take_sent(upload, answer);
}

Result<Uploader::Progress> Uploader::take_asked(Upload& upload, const net::Answer& answer) {
  if (answer.status != 200 && answer.status != 404) return std::unexpected(failure(upload, answer));
  if (is_complete(answer)) return Progress{.state = State::done};
  if (!upload.lost.empty()) return fail(Code::missing, upload.lost);
  const auto offset = upload_offset(answer);
  upload.offset = offset && *offset <= upload.bytes.size() ? *offset : 0;
  upload.begin = Upload::Begin::send;
  return Progress{};
}

Result<Uploader::Progress> Uploader::take_sent(Upload& upload, const net::Answer& answer) {
  const std::size_t size = piece(upload);
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

}  // namespace weir::link
