// File descriptors and events.
#include "net/descriptor.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/check.h"

namespace weir::net {

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

Descriptor Descriptor::event() {
  Descriptor event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  CHECK(event.number() >= 0);
  return event;
}

void Descriptor::notify() const {
  const std::uint64_t one = 1;
  // A full counter makes poll return, too.
  if (write(number_, &one, sizeof one) < 0) CHECK(errno == EAGAIN);
}

void Descriptor::clear() const {
  std::uint64_t count = 0;
  if (read(number_, &count, sizeof count) < 0) CHECK(errno == EAGAIN);
}

}  // namespace weir::net
