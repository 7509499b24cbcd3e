// Uploads over real HTTP: piece by piece, cut off, wrong, unwelcome; and the node's end of them.
#include "link/blob_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "link/hub_test.h"
#include "link/upload.h"
#include "net/http_client.h"

namespace weir::link {
namespace {

using base::Code;
using testing::HasSubstr;

class BlobRoutes : public testing::Test {
 protected:
  net::Answer send(net::Method method, const std::string& digest,
                   std::vector<std::pair<std::string, std::string>> headers = {},
                   std::string body = "", const std::string& password = "secret") {
    headers.emplace_back("Authorization", write_basic({.user = "gate", .password = password}));
    headers.emplace_back("Content-Type", "application/partial-upload");
    const auto answer = client_.send({.method = method,
                                      .url = hub_.url() + "/api/v1/blobs/" + digest,
                                      .headers = std::move(headers),
                                      .body = std::move(body)});
    EXPECT_TRUE(answer) << answer.error().message;
    return answer.value_or(net::Answer{});
  }
  net::Answer patch(const std::string& digest, std::uint64_t offset, std::uint64_t length,
                    std::string body) {
    return send(
        net::Method::patch, digest,
        {{"Upload-Offset", std::to_string(offset)}, {"Upload-Length", std::to_string(length)}},
        std::move(body));
  }
  // The state that the hub says: "5 ?0".
  static std::string state(const net::Answer& answer) {
    const auto field = [&](const char* name) {
      const auto found = answer.headers.find(name);
      return found == answer.headers.end() ? std::string("-") : found->second;
    };
    return field("upload-offset") + " " + field("upload-complete");
  }

  Scratch scratch_;
  TestHub hub_{scratch_};
  net::HttpClient client_;
  const std::string text_ = "hello, hub";
  const std::string digest_ = store::sha256(text_);
};

TEST_F(BlobRoutes, an_upload_goes_on_where_it_was) {
  EXPECT_EQ(send(net::Method::head, digest_).status, 404);
  auto answer = patch(digest_, 0, 10, "hello");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(state(answer), "5 ?0");
  answer = send(net::Method::head, digest_);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(state(answer), "5 ?0");
  answer = patch(digest_, 0, 10, "hello");
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(state(answer), "5 ?0");
  answer = patch(digest_, 5, 10, ", hub");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(state(answer), "10 ?1");
  EXPECT_EQ(state(send(net::Method::head, digest_)), "10 ?1");
  EXPECT_EQ(state(patch(digest_, 0, 10, text_)), "10 ?1");  // as good as sent
  EXPECT_EQ(*hub_.blobs->get(digest_), text_);
}

TEST_F(BlobRoutes, a_picture_with_another_digest_is_refused_and_forgotten) {
  const auto answer = patch(digest_, 0, 10, "hello, bug");
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.body, HasSubstr(digest_.substr(7, 16)));
  EXPECT_EQ(send(net::Method::head, digest_).status, 404);
  EXPECT_EQ(patch(digest_, 0, 10, text_).status, 204);
}

TEST_F(BlobRoutes, what_is_malformed_is_refused) {
  EXPECT_EQ(send(net::Method::head, "sha256:abc").status, 400);
  EXPECT_EQ(patch("sha256:" + std::string(64, 'G'), 0, 1, "a").status, 400);
  EXPECT_EQ(send(net::Method::patch, digest_, {}, "a").status, 400);
  for (const char* number : {"", "-1", "1x", "99999999999999999999", "0x1"}) {
    EXPECT_EQ(
        send(net::Method::patch, digest_, {{"Upload-Offset", number}, {"Upload-Length", "10"}}, "a")
            .status,
        400)
        << number;
  }
  EXPECT_EQ(patch(digest_, 11, 10, "").status, 400);
  EXPECT_EQ(patch(digest_, 5, 10, "longer than it").status, 400);
  EXPECT_EQ(patch(digest_, UINT64_MAX, 10, "a").status, 400);
  EXPECT_EQ(patch(digest_, 0, kBlobBytesMax + 1, "a").status, 413);
  EXPECT_EQ(patch(digest_, 0, 10 * kPatchBytesMax, std::string(kPatchBytesMax + 1, 'a')).status,
            413);
  EXPECT_EQ(hub_.blobs->bytes(), 0u);
}

TEST_F(BlobRoutes, only_who_may_uploads) {
  const auto answer = send(net::Method::head, digest_, {}, "", "guess");
  EXPECT_EQ(answer.status, 401);
  EXPECT_THAT(answer.headers.at("www-authenticate"), HasSubstr("Basic"));
  net::Request request;
  for (const char* header :
       {"", "Basic", "Basic ?", "Bearer abc", "Basic Z2F0ZQ==", "Basic@Z2F0ZTp4"}) {
    request.headers["authorization"] = header;
    EXPECT_EQ(read_basic(request).error().code, Code::refused) << header;
  }
  request.headers["authorization"] = write_basic({.user = "gate", .password = "a:b"});
  EXPECT_EQ(read_basic(request)->user, "gate");
  EXPECT_EQ(read_basic(request)->password, "a:b");
  for (const char* header : {"basic Z2F0ZTp4", "BASIC Z2F0ZTp4"}) {
    request.headers["authorization"] = header;
    EXPECT_EQ(read_basic(request)->user, "gate") << header;
  }
}

// A way to the hub that breaks after so many bytes, for so many connections.
class CuttingProxy {
 public:
  CuttingProxy(std::uint16_t to, std::size_t bytes, int cuts)
      : to_(to), bytes_(bytes), cuts_(cuts), listener_(net::listen_silently(port_)) {
    thread_ = std::thread([this] { serve(); });
  }
  ~CuttingProxy() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int left() const { return cuts_; }

 private:
  void serve() {
    while (true) {
      const int from = ::accept(listener_, nullptr, nullptr);
      if (from < 0) return;
      carry(from);
      ::close(from);
    }
  }
  void carry(int from) {
    const int to = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(to_);
    EXPECT_EQ(::connect(to, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    std::thread back([&] {
      copy(to, from, SIZE_MAX);
      ::shutdown(from, SHUT_RDWR);
    });
    const bool cut = cuts_ > 0;
    copy(from, to, cut ? bytes_ : SIZE_MAX);
    if (cut) --cuts_;
    ::shutdown(to, SHUT_RDWR);
    ::shutdown(from, SHUT_RDWR);
    back.join();
    ::close(to);
  }
  static void copy(int from, int to, std::size_t bytes) {
    char buffer[16'384];
    while (bytes > 0) {
      const ssize_t size = ::recv(from, buffer, std::min(sizeof buffer, bytes), 0);
      if (size <= 0) return;
      if (::send(to, buffer, static_cast<std::size_t>(size), MSG_NOSIGNAL) != size) return;
      bytes -= static_cast<std::size_t>(size);
    }
  }

  const std::uint16_t to_;
  const std::size_t bytes_;
  std::atomic<int> cuts_;
  std::uint16_t port_ = 0;
  int listener_;
  std::thread thread_;
};

class Uploads : public BlobRoutes {
 protected:
  void SetUp() override {
    auto opened = store::Blobs::open({.folder = scratch_.path("pictures"), .log = hub_.log});
    ASSERT_TRUE(opened);
    blobs_ = std::move(*opened);
  }
  Uploader uploader(const std::string& url, const std::string& token = "secret") {
    return Uploader(
        {.hub_url = url, .node = "gate", .token = token, .blobs = *blobs_, .cancel = cancel_});
  }
  // Until it is done; how often it failed on the way.
  int send_all(Uploader& uploader, Upload& upload) {
    int failures = 0;
    while (failures < 50) {
      const auto progress = uploader.advance({&upload, 1}).front();
      if (!progress) {
        ++failures;
        last_ = progress.error();
      } else if (progress->state == Uploader::State::done) {
        return failures;
      }
    }
    return failures;
  }

  std::unique_ptr<store::Blobs> blobs_;
  std::atomic<bool> cancel_ = false;
  base::Error last_;
};

TEST_F(Uploads, a_small_picture_is_one_request) {
  Upload upload{.digest = *blobs_->put(text_), .begin = Upload::Begin::send};
  Uploader to = uploader(hub_.url());
  EXPECT_EQ(send_all(to, upload), 0);
  EXPECT_EQ(hub_.requests, 1);
  EXPECT_TRUE(hub_.blobs->has(digest_));
}

TEST_F(Uploads, connections_that_break_midway_cost_no_more_than_their_piece) {
  const std::string large = picture(1, 5 * Uploader::kPieceBytesMax + 77);
  const CuttingProxy proxy(hub_.port(), 3 * Uploader::kPieceBytesMax / 2, 3);
  Upload upload{.digest = *blobs_->put(large), .begin = Upload::Begin::send};
  Uploader to = uploader(proxy.url());
  send_all(to, upload);
  EXPECT_EQ(proxy.left(), 0);
  EXPECT_EQ(*hub_.blobs->get(upload.digest), large);
}

TEST_F(Uploads, connections_that_break_within_a_piece_are_errors_until_one_lasts) {
  const std::string large = picture(1, Uploader::kPieceBytesMax + 77);
  const CuttingProxy proxy(hub_.port(), Uploader::kPieceBytesMax / 2, 4);
  Upload upload{.digest = *blobs_->put(large), .begin = Upload::Begin::send};
  Uploader to = uploader(proxy.url());
  EXPECT_GT(send_all(to, upload), 0);
  EXPECT_EQ(last_.code, Code::network);
  EXPECT_EQ(proxy.left(), 0);
  EXPECT_EQ(*hub_.blobs->get(upload.digest), large);
}

TEST_F(Uploads, what_the_hub_has_is_not_sent_again) {
  EXPECT_EQ(patch(digest_, 0, 10, "hello").status, 204);
  Upload upload{.digest = *blobs_->put(text_), .begin = Upload::Begin::send};
  Uploader to = uploader(hub_.url());
  EXPECT_EQ(send_all(to, upload), 0);
  ASSERT_TRUE(blobs_->remove(digest_));
  Upload again{.digest = digest_, .begin = Upload::Begin::send};
  EXPECT_EQ(send_all(to, again), 0);  // gone here, and there at the hub
}

TEST_F(Uploads, a_picture_that_is_nowhere_is_missing_for_good) {
  Upload upload{.digest = digest_};
  EXPECT_EQ(uploader(hub_.url()).advance({&upload, 1}).front().error().code, Code::missing);
}

TEST_F(Uploads, a_picture_that_is_damaged_here_is_missing_for_good) {
  Upload upload{.digest = *blobs_->put(text_)};
  std::ofstream(blobs_->path(digest_), std::ios::binary) << "hello, bug";
  EXPECT_EQ(uploader(hub_.url()).advance({&upload, 1}).front().error().code, Code::missing);
}

TEST_F(Uploads, a_part_that_was_damaged_at_the_hub_is_sent_anew) {
  EXPECT_EQ(patch(digest_, 0, 10, "HELLO").status, 204);
  Upload upload{.digest = *blobs_->put(text_)};
  Uploader to = uploader(hub_.url());
  EXPECT_EQ(send_all(to, upload), 1);
  EXPECT_EQ(last_.code, Code::corrupt);
  EXPECT_EQ(*hub_.blobs->get(digest_), text_);
}

TEST_F(Uploads, a_wrong_token_is_said) {
  Upload upload{.digest = *blobs_->put(text_)};
  EXPECT_EQ(uploader(hub_.url(), "guess").advance({&upload, 1}).front().error().code,
            Code::refused);
  cancel_ = true;
  EXPECT_EQ(uploader(hub_.url()).advance({&upload, 1}).front().error().code, Code::ended);
}

}  // namespace
}  // namespace weir::link
