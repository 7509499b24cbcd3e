// Alerts in files: none takes another's place.
#include "cli/alert_printer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <vector>

namespace weir::cli {
namespace {

TEST(AlertPrinter, names_a_file_of_its_own_for_each_alert) {
  EXPECT_EQ(file_name("p/alert/cam_1.a/17/0"), "p~alert~cam_1.a~17~0");
  EXPECT_NE(file_name("p/alert/2-cam/17/0"), file_name("p/alert-2/cam/17/0"));
  EXPECT_NE(file_name("p/alert/a/b/17/0"), file_name("p/alert/a~b/17/0"));
  EXPECT_EQ(file_name("p/alert/a b%/17/0"), "p~alert~a%20b%25~17~0");
}

TEST(AlertPrinter, leaves_no_half_picture) {
  const std::string folder = testing::TempDir() + "weir-alerts-" + std::to_string(getpid());
  const base::SystemClock clock;
  const auto out = LineFile::open("/dev/null", [] { return true; });
  ASSERT_TRUE(out);
  AlertPrinter printer(folder, **out, clock);
  const std::vector<std::uint8_t> bytes(100'000);
  auto packet = std::make_shared<data::Packet>();
  packet->bytes = bytes;
  // A file that may grow no further stands for a full disk.
  rlimit before = {};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit full = {.rlim_cur = 50'000, .rlim_max = before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &full);
  const auto raised = printer.raise({.id = "p/alert/cam/17/0",
                                     .deployment = "p",
                                     .step = "alert",
                                     .device = "cam",
                                     .title = "t",
                                     .picture = packet});
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(raised);
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace weir::cli
