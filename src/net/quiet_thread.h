// Threads that take no signals: those of the process are for its main thread, and SIGPIPE of a
// library that writes to a broken connection for nobody.
//
// Thread-safe: the mask that is changed for a moment is the calling thread's own.
#pragma once

#include <functional>
#include <thread>

namespace weir::net {

std::thread start_quiet_thread(std::function<void()> body);

}  // namespace weir::net
