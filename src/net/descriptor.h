// Descriptor: owns a file descriptor.
//
// Moves, does not copy; of one thread, but notify, which any thread may call.
#pragma once

#include <utility>

namespace weir::net {

class Descriptor {
 public:
  Descriptor() = default;  // none: -1
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();

  int number() const { return number_; }

  // A counter that makes poll return: readable from notify until clear (eventfd).
  static Descriptor event();
  void notify() const;
  void clear() const;

 private:
  int number_ = -1;
};

}  // namespace weir::net
