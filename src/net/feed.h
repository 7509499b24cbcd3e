// Feed: texts for everyone who listens, over WebSockets; `HttpServer` connects the two.
//
// Thread-safe. The publisher never waits: all readers share one ring of what the slowest has not
// read yet, and a reader whose next text had to leave the ring has lost, which ends it. So a peer
// that does not read costs a place, not memory. A reader gets what is published after it came.
// Readers may outlive the feed; they get nothing more then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace weir::net {

inline constexpr std::size_t kFeedTextsMax = 1'024;                 // in the ring
inline constexpr std::size_t kFeedBytesMax = std::size_t{1} << 20;  // in the ring
inline constexpr std::size_t kFeedReadersMax = 4'096;

namespace detail {
class FeedRing;
}

// One reader's place. Belongs to one thread. Its waker is not running any more once it is
// destroyed.
class FeedReader {
 public:
  struct Next {
    std::shared_ptr<const std::string> text;  // null: nothing now
    bool lost = false;                        // it fell behind and gets nothing more
  };

  FeedReader(std::shared_ptr<detail::FeedRing> ring, std::uint64_t number);
  ~FeedReader();
  FeedReader(const FeedReader&) = delete;
  FeedReader& operator=(const FeedReader&) = delete;

  Next next();        // never waits
  bool lost() const;  // as `next` would tell, for who has no use for a text now

 private:
  std::shared_ptr<detail::FeedRing> ring_;
  const std::uint64_t number_;
};

class Feed {
 public:
  Feed();
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  // `text` is UTF-8. The newest text stays in the ring whatever its size.
  void publish(std::string text);
  std::size_t sockets() const;  // readers now
  std::uint64_t lost() const;   // readers ever that fell behind

  // `waker` is called by the publisher when there is a text and `next` has given none since the
  // last call, and when the reader has lost; it must not wait, nor use the feed. Null where there
  // are kFeedReadersMax already.
  std::unique_ptr<FeedReader> open(std::function<void()> waker);

 private:
  std::shared_ptr<detail::FeedRing> ring_;
};

}  // namespace weir::net
