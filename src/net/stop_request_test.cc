// StopRequest: a signal is heard at any time, and the time from then on is limited.
#include "net/stop_request.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <limits>

namespace weir::net {
namespace {

constexpr std::int64_t kLongNs = std::numeric_limits<std::int32_t>::max() * std::int64_t{1'000};

// Each in a process of its own: the signals are the whole process's.
class StopRequestTest : public ::testing::Test {
 protected:
  StopRequestTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(StopRequestTest, ends_a_process_that_still_starts_when_its_time_is_over) {
  EXPECT_EXIT(
      {
        const base::StopSignals signals;
        const StopRequest request(signals, 1);
        kill(getpid(), SIGTERM);
        while (true) pause();
      },
      ::testing::ExitedWithCode(1), "ended at once");
}

TEST_F(StopRequestTest, is_waited_for_and_lets_a_stop_end) {
  for (const int number : {SIGTERM, SIGINT}) {
    EXPECT_EXIT(
        {
          {
            const base::StopSignals signals;
            StopRequest request(signals, kLongNs);
            if (request.wait(1)) _exit(2);
            kill(getpid(), number);
            request.wait();
            kill(getpid(), number);
            if (!request.wait(1)) _exit(3);
          }
          _exit(0);
        },
        ::testing::ExitedWithCode(0), "");
  }
}

TEST_F(StopRequestTest, ends_where_no_signal_came) {
  EXPECT_EXIT(
      {
        {
          const base::StopSignals signals;
          const StopRequest request(signals, 1);
        }
        _exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace weir::net
