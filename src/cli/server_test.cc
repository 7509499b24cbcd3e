// What a person reads when a server is not there.
#include "cli/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/log.h"
#include "net/http_server.h"

namespace weir::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Server, says_where_nobody_is_reached) {
  Server server("http://127.0.0.1:1");  // tcpmux, which nothing serves
  const auto answer = server.get("/api/v1/status");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, base::Code::network);
  EXPECT_THAT(answer.error().message,
              AllOf(HasSubstr("http://127.0.0.1:1"), HasSubstr("--server")));
}

TEST(Server, is_named_by_the_command_line_before_anything_else) {
  EXPECT_EQ(server_url("http://hub:8080//", 1), "http://hub:8080");
}

// A server that was killed between the last piece of a file and its check has all bytes and no
// blob.
TEST(Server, has_a_file_checked_whose_bytes_are_all_there) {
  const std::string content = "a model";
  std::vector<std::string> pieces;
  const net::Response state = {
      .headers = {{"Upload-Offset", std::to_string(content.size())}, {"Upload-Complete", "?0"}}};
  const auto patch = [&pieces](const net::Request& request) {
    pieces.push_back(std::string(request.header("upload-offset").value_or("")) + " " +
                     request.body);
    return net::Response{.status = 204};
  };
  base::MemoryLog log;
  const base::SystemClock clock;
  const auto listening = net::HttpServer::start(
      {.log = log, .clock = clock, .workers = 1},
      {{.method = net::Method::head,
        .pattern = "/api/v1/blobs/{digest}",
        .handle = [&state](const net::Request&) { return state; }},
       {.method = net::Method::patch, .pattern = "/api/v1/blobs/{digest}", .handle = patch}});
  ASSERT_TRUE(listening) << listening.error().message;
  const std::string path = testing::TempDir() + "weir-upload-" + std::to_string(getpid());
  std::ofstream(path) << content;
  Server server("http://127.0.0.1:" + std::to_string((*listening)->port()));
  const auto sent = server.upload(path, "sha256:0", content.size());
  std::filesystem::remove(path);
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(pieces, std::vector<std::string>{"7 "});
}

}  // namespace
}  // namespace weir::cli
