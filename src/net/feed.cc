// One ring of texts with many readers.
#include "net/feed.h"

#include <deque>
#include <map>
#include <mutex>
#include <utility>

namespace weir::net {
namespace detail {

class FeedRing {
 public:
  // 0 = no place.
  std::uint64_t enter(std::function<void()> waker) {
    const std::lock_guard lock(mutex_);
    if (places_.size() >= kFeedReadersMax) return 0;
    places_.emplace(++numbers_, Place{.next = end(), .waker = std::move(waker)});
    return numbers_;
  }

  void leave(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    const auto place = places_.find(number);
    if (place->second.next < end()) caught_up();
    places_.erase(place);
  }

  void publish(std::string text) {
    const std::lock_guard lock(mutex_);
    if (places_.empty()) return;
    bytes_ += text.size();
    texts_.push_back(std::make_shared<const std::string>(std::move(text)));
    while (texts_.size() > kFeedTextsMax || (bytes_ > kFeedBytesMax && texts_.size() > 1))
      drop_oldest();
    behind_ = places_.size();
    // Called with the lock held: a reader that leaves is sure that its waker does not run any more.
    for (auto& [number, place] : places_) {
      const bool newly_lost = place.next < first_ && !std::exchange(place.lost, true);
      if (newly_lost) ++lost_;
      if (std::exchange(place.waiting, false) || newly_lost) place.waker();
    }
  }

  FeedReader::Next next(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    Place& place = places_.find(number)->second;
    FeedReader::Next found;
    found.lost = place.lost;
    if (place.lost) return found;
    if (place.next == end()) {
      place.waiting = true;
      return found;
    }
    found.text = texts_[static_cast<std::size_t>(place.next - first_)];
    if (++place.next == end()) caught_up();
    return found;
  }

  bool is_lost(std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    return places_.find(number)->second.lost;
  }
  std::size_t readers() const {
    const std::lock_guard lock(mutex_);
    return places_.size();
  }
  std::uint64_t lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
  }

 private:
  struct Place {
    std::uint64_t next = 0;  // number of the text it reads next
    std::function<void()> waker;
    bool waiting = true;  // found nothing, or has not looked
    bool lost = false;
  };

  std::uint64_t end() const { return first_ + texts_.size(); }

  void drop_oldest() {
    bytes_ -= texts_.front()->size();
    texts_.pop_front();
    ++first_;
  }

  // One reader fewer has texts to read; nobody needs them after the last.
  void caught_up() {
    if (--behind_ > 0) return;
    first_ = end();
    texts_.clear();
    bytes_ = 0;
  }

  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<const std::string>> texts_;
  std::uint64_t first_ = 0;  // number of the oldest text
  std::size_t bytes_ = 0;
  std::map<std::uint64_t, Place> places_;
  std::uint64_t numbers_ = 0;
  std::size_t behind_ = 0;  // readers with something to read
  std::uint64_t lost_ = 0;
};

}  // namespace detail

FeedReader::FeedReader(std::shared_ptr<detail::FeedRing> ring, std::uint64_t number)
    : ring_(std::move(ring)), number_(number) {}
FeedReader::~FeedReader() {
  ring_->leave(number_);
}
FeedReader::Next FeedReader::next() {
  return ring_->next(number_);
}
bool FeedReader::lost() const {
  return ring_->is_lost(number_);
}

Feed::Feed() : ring_(std::make_shared<detail::FeedRing>()) {}
Feed::~Feed() = default;

void Feed::publish(std::string text) {
  ring_->publish(std::move(text));
}
std::size_t Feed::sockets() const {
  return ring_->readers();
}
std::uint64_t Feed::lost() const {
  return ring_->lost();
}

std::unique_ptr<FeedReader> Feed::open(std::function<void()> waker) {
  const std::uint64_t number = ring_->enter(std::move(waker));
  if (number == 0) return nullptr;
  return std::make_unique<FeedReader>(ring_, number);
}

}  // namespace weir::net
