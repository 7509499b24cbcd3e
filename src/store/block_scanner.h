// BlockScanner: finds the sound blocks of a segment file, one after the other, whatever lies
// between them.
//
// Belongs to one thread. Where there is no sound block it looks for the next one; time and memory
// are linear in the file's size, whatever is in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/file.h"
#include "store/segment.h"

namespace weir::store::detail {

class BlockScanner {
 public:
  static constexpr std::size_t kReadBytes = 64 * 1024;
  static constexpr std::size_t kPageBytes =
      4096;  // what a disk gives, or does not give, as a whole

  struct Start {
    std::uint64_t segment = 0;  // its first offset
    std::uint64_t position = kSegmentHeaderBytes;
    std::uint32_t seed = 0;
  };
  BlockScanner(std::shared_ptr<const File> file, Start start)
      : file_(std::move(file)), start_(start), position_(start.position), least_(start.segment) {}

  // The next sound block with an offset of at least `from`, among the file's first `size` bytes;
  // null where there is none. Blocks before `from` are passed over by their headers. Errors: io;
  // the next call tries the same place again.
  base::Result<std::shared_ptr<const Block>> next(std::uint64_t from, std::uint64_t size);

  // After an error of next(): goes on behind the page that could not be read, and twice as far each
  // time until there is a sound block again. What is passed over is damage.
  void skip_unreadable();

  // Bytes that were passed over, since the last call, for not being a sound block.
  struct Damage {
    std::uint64_t position = 0, bytes = 0;
  };
  std::optional<Damage> take_damage();

 private:
  // What is buffered from position_ on: at least `count` bytes, or up to `size` where that is less.
  base::Result<std::string_view> peek(std::size_t count, std::uint64_t size);
  base::Result<> fill(std::size_t count, std::size_t most);
  base::Result<> search(std::uint64_t size);
  void pass_damage(std::uint64_t bytes);

  std::shared_ptr<const File> file_;
  const Start start_;
  std::uint64_t position_;
  std::uint64_t least_;  // offsets of what comes are not below it
  std::optional<Damage> damage_;
  std::uint64_t size_ = 0;        // of the file, as the last next() was told
  std::uint64_t unreadable_ = 0;  // where the page begins that could not be read
  std::uint64_t skip_bytes_ = kPageBytes;
  std::vector<char> buffer_;
  std::uint64_t buffer_position_ = 0;
  std::size_t buffered_ = 0;
};

}  // namespace weir::store::detail
