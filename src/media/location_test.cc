// Locations: rtsp:// URLs.
#include "media/location.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::media {
namespace {

using base::Code;
using testing::HasSubstr;
using testing::Not;

TEST(RtspUrl, comes_apart_and_together_again) {
  struct Case {
    const char *text, *host, *path;
    int port;
    const char* shown;
  };
  const Case cases[] = {
      {"rtsp://camera", "camera", "", 554, "rtsp://camera:554"},
      {"rtsp://10.0.0.1:8554/a/b?c=d", "10.0.0.1", "/a/b?c=d", 8554,
       "rtsp://10.0.0.1:8554/a/b?c=d"},
      {"rtsp://[fe80::1%25eth0]:554/x", "fe80::1%25eth0", "/x", 554,
       "rtsp://[fe80::1%25eth0]:554/x"},
      {"rtsp://[::1]/x", "::1", "/x", 554, "rtsp://[::1]:554/x"},
      {"rtsp://me:se%40cret@cam:1/x@y", "cam", "/x@y", 1, "rtsp://cam:1/x@y"},
      {"rtsp://cam?channel=1", "cam", "?channel=1", 554, "rtsp://cam:554?channel=1"},
  };
  for (const Case& one : cases) {
    const auto url = parse_rtsp_url(one.text, {});
    ASSERT_TRUE(url) << url.error().message;
    EXPECT_EQ(url->host, one.host);
    EXPECT_EQ(url->path, one.path);
    EXPECT_EQ(url->port, one.port);
    EXPECT_EQ(url->text(), one.shown);
  }
}

TEST(RtspUrl, a_login_is_encoded_once_and_never_shown) {
  const auto url = parse_rtsp_url("rtsp://cam/video", {"ad min", "p@ss:w/#%rd"});
  ASSERT_TRUE(url);
  EXPECT_EQ(url->secret_text("10.0.0.1"),
            "rtsp://ad%20min:p%40ss%3Aw%2F%23%25rd@10.0.0.1:554/video");
  EXPECT_EQ(url->text(), "rtsp://cam:554/video");
  const auto encoded = parse_rtsp_url("rtsp://a:%40@cam/video", {});
  ASSERT_TRUE(encoded);
  EXPECT_EQ(encoded->secret_text("cam"), "rtsp://a:%40@cam:554/video");
}

TEST(RtspUrl, refuses_what_is_none_without_showing_its_password) {
  for (const std::string text :
       {"rtsp://", "rtsp://me:secret@/x", "rtsp://me:secret@host:0/x",
        "rtsp://me:secret@host:70000/x", "rtsp://me:secret@host:x/", "rtsp://me:secret@[::1/x",
        "rtsp://me:secret@host/a b", "rtsp://me:secret@host/a\r\nTEARDOWN",
        "http://me:secret@host/x", "rtsp://me:secret@ho|st/x", "rtsp://me:sec/ret@host:y/x"}) {
    const auto url = parse_rtsp_url(text, {});
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, Code::invalid) << url.error().message;
    EXPECT_THAT(url.error().message, Not(HasSubstr("sec")));
  }
}

TEST(RtspUrl, has_limits) {
  EXPECT_EQ(parse_rtsp_url("rtsp://cam/" + std::string(kUrlMax, 'x'), {}).error().code,
            Code::limit);
  const auto longest = std::string(kCredentialsMax - 2, 'x');
  EXPECT_TRUE(parse_rtsp_url("rtsp://cam/x", {"u", longest}));
  const auto longer = parse_rtsp_url("rtsp://cam/x", {"u", longest + "x"});
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, Code::limit);
  EXPECT_THAT(longer.error().message, Not(HasSubstr("xx")));
}

TEST(RtspUrl, a_login_is_not_given_twice) {
  EXPECT_EQ(parse_rtsp_url("rtsp://me:secret@cam/x", {"me", ""}).error().code, Code::conflict);
}

TEST(Location, tells_urls_from_paths) {
  EXPECT_TRUE(is_url("rtsp://cam/x"));
  EXPECT_TRUE(is_url("h2+x-y.z://"));
  EXPECT_FALSE(is_url("video.mp4"));
  EXPECT_FALSE(is_url("a:b.mp4"));
  EXPECT_FALSE(is_url("./rtsp://x"));
  EXPECT_FALSE(is_url("://x"));
  EXPECT_FALSE(is_url(""));
}

}  // namespace
}  // namespace weir::media
