// What a person reads when a server is not there.
#include "cli/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>

#include "base/log.h"
#include "net/http_server.h"

namespace weir::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Server, says_where_nobody_is_reached) {
  Server server("http://127.0.0.1:1");  // tcpmux, which nothing serves
  const auto answer = server.get("/api/v1/status", {.text = "version"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, base::Code::network);
  EXPECT_THAT(answer.error().message,
              AllOf(HasSubstr("http://127.0.0.1:1"), HasSubstr("--server")));
}

TEST(Server, is_named_by_the_command_line_before_anything_else) {
  EXPECT_EQ(server_url("http://hub:8080//", 1), "http://hub:8080");
}

TEST(Server, is_asked_again_while_it_is_busy_with_another_change) {
  base::MemoryLog log;
  const base::SystemClock clock;
  int asked = 0;
  const auto apply = [&asked](const net::Request&) {
    const bool busy = ++asked == 1;
    return net::Response{.status = busy ? 503 : 200, .body = R"({"documents": []})"};
  };
  const auto listening = net::HttpServer::start(
      {.log = log, .clock = clock, .workers = 1},
      {{.method = net::Method::post, .pattern = "/api/v1/apply", .handle = apply}});
  ASSERT_TRUE(listening);
  Server server("http://127.0.0.1:" + std::to_string((*listening)->port()));
  const auto once = server.post("/api/v1/apply", "application/yaml", "", {.list = "documents"});
  EXPECT_FALSE(once);
  asked = 0;
  EXPECT_TRUE(server.post("/api/v1/apply", "application/yaml", "",
                          {.list = "documents", .tries = Server::kBusyTriesMax}));
  EXPECT_EQ(asked, 2);
}

// A server whose blobs are what a test makes of them.
class UploadTest : public testing::Test {
 protected:
  UploadTest() {
    std::ofstream(path_) << "a model";
    auto listening = net::HttpServer::start(
        {.log = log_, .clock = clock_, .workers = 1},
        {{.method = net::Method::head,
          .pattern = "/api/v1/blobs/{digest}",
          .handle = [this](const net::Request&) { return state_; }},
         {.method = net::Method::patch,
          .pattern = "/api/v1/blobs/{digest}",
          .handle = [this](const net::Request& request) { return take(request); }}});
    EXPECT_TRUE(listening) << listening.error().message;
    listening_ = *std::move(listening);
  }
  ~UploadTest() override { std::filesystem::remove(path_); }

  base::Result<> upload() {
    Server server("http://127.0.0.1:" + std::to_string(listening_->port()));
    return server.upload(path_, "sha256:0", 7);
  }
  void there(const std::string& offset, const std::string& complete) {
    state_ = {.headers = {{"Upload-Offset", offset}, {"Upload-Complete", complete}}};
  }
  net::Response take(const net::Request& request) {
    pieces_.push_back(std::string(request.header("upload-offset").value_or("")) + " " +
                      request.body);
    return patch_(pieces_.size());
  }

  std::vector<std::string> pieces_;
  std::function<net::Response(std::size_t)> patch_ = [](std::size_t) {
    return net::Response{.status = 204};
  };

 private:
  net::Response state_{.status = 404};
  const std::string path_ = testing::TempDir() + "weir-upload-" + std::to_string(getpid());
  base::MemoryLog log_;
  const base::SystemClock clock_;
  std::unique_ptr<net::HttpServer> listening_;  // last: it uses all above
};

// A server that was killed between the last piece of a file and its check has all bytes and no
// blob.
TEST_F(UploadTest, has_a_file_checked_whose_bytes_are_all_there) {
  there("7", "?0");
  const auto sent = upload();
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_THAT(pieces_, ElementsAre("7 "));
}

TEST_F(UploadTest, goes_on_where_another_client_stopped) {
  patch_ = [this](std::size_t piece) {
    if (piece > 1) return net::Response{.status = 204};
    there("5", "?0");
    return net::problem(409, "Conflict", "5 bytes are here");
  };
  const auto sent = upload();
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_THAT(pieces_, ElementsAre("0 a model", "5 el"));
}

TEST_F(UploadTest, waits_while_another_client_sends_the_same) {
  patch_ = [this](std::size_t piece) {
    if (piece > 1) there("7", "?1");
    return net::problem(409, "Conflict", "another upload of it runs");
  };
  const auto sent = upload();
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_THAT(pieces_, ElementsAre("0 a model", "0 a model"));
}

TEST_F(UploadTest, is_not_done_where_another_server_answers) {
  patch_ = [](std::size_t) { return net::Response{.status = 200}; };
  const auto sent = upload();
  ASSERT_FALSE(sent);
  EXPECT_THAT(sent.error().message, HasSubstr("answered with status 200, expected 204"));
}

// Whatever listens at a port may answer.
TEST(Server, takes_what_is_described_alone_for_a_success) {
  net::Response response;
  const auto answer = [&response](const net::Request&) { return response; };
  base::MemoryLog log;
  const base::SystemClock clock;
  const auto listening =
      net::HttpServer::start({.log = log, .clock = clock, .workers = 1},
                             {{.method = net::Method::get, .pattern = "/x", .handle = answer},
                              {.method = net::Method::post, .pattern = "/x", .handle = answer},
                              {.method = net::Method::del, .pattern = "/x", .handle = answer}});
  ASSERT_TRUE(listening) << listening.error().message;
  const std::string url = "http://127.0.0.1:" + std::to_string((*listening)->port());
  Server server(url);
  const auto mistake = [](const auto& result) { return result ? "" : result.error().message; };
  response.body = R"({"items": []})";
  EXPECT_EQ(mistake(server.get("/x", {.list = "items"})), "");
  for (const std::string body : {"", "[]", "{}", "<html>", R"({"items": "none"})", "7"}) {
    response = {.status = 200, .body = body};
    const Expected items{.list = "items"}, token{.text = "token"};
    EXPECT_THAT(mistake(server.get("/x", items)),
                AllOf(HasSubstr(url + "/x"), HasSubstr("the list 'items'")))
        << body;
    EXPECT_THAT(mistake(server.post("/x", "application/yaml", "", token)),
                AllOf(HasSubstr(url + "/x"), HasSubstr("the text 'token'")))
        << body;
    EXPECT_THAT(mistake(server.remove("/x")), HasSubstr("status 200, expected 204")) << body;
  }
  for (const int status : {201, 204, 302}) {
    response = {.status = status, .body = R"({"items": []})"};
    EXPECT_THAT(mistake(server.get("/x", {.list = "items"})),
                AllOf(HasSubstr(url + "/x answered with status " + std::to_string(status)),
                      HasSubstr("--server")));
  }
  response = {.status = 204};
  EXPECT_EQ(mistake(server.remove("/x")), "");
}

}  // namespace
}  // namespace weir::cli
