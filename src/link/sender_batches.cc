// What the sender sends: batches, gaps in place of what is lost, and pictures.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "link/sender.h"
#include "link/topic.h"

namespace weir::link {

using base::Code;
using base::Level;
using base::Result;

// Pieces of pictures, or one batch. False: there is nothing to send now.
bool Sender::send_one() {
  const auto step = schedule_.next();
  if (!step) return false;
  auto& box = lane(step->of).box;
  if (!box || box->step.from != step->from) {
    box.reset();
    if (!fill_box(*step)) return true;
  }
  box->step = *step;
  if (box->uploads.empty()) {
    publish(*box);
  } else {
    upload_pieces(*box);
  }
  return true;
}

// False: the class is held.
bool Sender::fill_box(const Schedule::Step& step) {
  LogSource& source = *lane(step.of).source;
  BatchWriter writer(options_.node, lane(step.of).log_name, step.of);
  Box box{.step = step, .end = step.from, .message = {}, .inside = {}, .uploads = {}};
  while (box.end < step.before && writer.records() < step.records_max &&
         writer.bytes() < kBatchBytesAim) {
    const auto found = source.peek(box.end);
    if (!found && writer.records() > 0) break;  // what could be read goes first
    if (!found) {
      take_read_failure(step.of, found.error());
      return false;
    }
    lane(step.of).read_failures = 0;
    const bool hole = *found == nullptr || (*found)->offset != box.end;
    if (hole && writer.records() > 0) break;  // it is the next batch
    if (hole) {
      const std::uint64_t end = *found == nullptr ? step.before : (*found)->offset;
      fill_with_gap(step, std::min(end, step.before));
      return true;
    }
    const auto next = entry(**found, box);
    if (!next && writer.records() > 0) break;
    if (!next) {
      fail_for_now(step.of, next.error(), 0);
      fill_with_gap(step, step.from + 1);
      return true;
    }
    if (!writer.add(next->record, next->picture)) break;
    if (!next->picture.empty()) box.inside.push_back(next->digest);
    ++box.end;
    if (box.uploads.size() == kBatchUploadsMax) break;
  }
  box.message = writer.finish({.first = step.from, .end = box.end}, step.age);
  lane(step.of).box = std::move(box);
  return true;
}

// The next try finds a hole where a place was given up.
void Sender::take_read_failure(Class of, const base::Error& error) {
  Lane& failed = lane(of);
  if (++failed.read_failures == 1) failed.read_backoff.reset();
  if (failed.read_failures < kReadTriesMax || !failed.source->skip_unreadable()) {
    fail_for_now(of, error, failed.read_backoff.next_ns(random()));
    return;
  }
  failed.read_failures = 0;
  options_.log.write(Level::error, "uplink", "a place of a log is given up: it cannot be read",
                     {{"class", std::string(name(of))}, {"reason", error.message}});
}

// The picture it names goes with it or is to be uploaded before; one that is lost is left out.
Result<Sender::Entry> Sender::entry(const store::Log::Record& stored, Box& box) {
  TRY(const std::string_view picture, picture_of(stored.bytes));
  Entry out{.record = stored.bytes, .digest = std::string(picture), .picture = {}};
  const std::string& digest = out.digest;
  if (digest.empty()) return out;
  // One that was raised again since is there again.
  if (lost_pictures_.contains(digest) && blobs_.has(digest)) lost_pictures_.erase(digest);
  if (lost_pictures_.contains(digest)) {
    TRY(Record record, read_record(stored.bytes));
    record.picture.clear();
    out.record = write_record(record);
    return out;
  }
  const auto has = [&](const Upload& upload) { return upload.digest == digest; };
  const bool there = std::ranges::find(box.inside, digest) != box.inside.end() ||
                     std::ranges::any_of(box.uploads, has);
  if (there) return out;  // with a record before it
  const bool fresh =
      stored.offset >= lane(box.step.of).historical_end && begun_pictures_.insert(digest).second;
  out.picture = picture_inside(box.step, digest);
  if (out.picture.empty()) {
    box.uploads.push_back(
        {.digest = digest, .begin = fresh ? Upload::Begin::send : Upload::Begin::ask});
  }
  return out;
}

// The bytes of a picture that goes inside its batch; "": it is uploaded before. That is for large
// ones; for those whose batch was not committed in time, since an upload goes on where it was cut;
// and for those that cannot be read here, which the hub may have.
std::string Sender::picture_inside(const Schedule::Step& step, const std::string& digest) {
  if (step.records_max < kBatchRecordsMax) return {};  // a probe
  const auto size = blobs_.partial_size(digest);
  if (!size || *size > kInlinePictureBytesMax) return {};
  return blobs_.get(digest).value_or("");
}

// For records that are gone from the log before they were sent, the hub gets one that says so.
void Sender::fill_with_gap(const Schedule::Step& step, std::uint64_t end) {
  const std::uint64_t lost = end - step.from;
  const std::string id = fmt::format("{}/gap/{}/{}/{}-{}", options_.node, log(step.of).log().id(),
                                     name(step.of), step.from, end);
  if (log(step.of).count_lost(step.from, end) > 0) {
    options_.log.write(Level::warning, "uplink",
                       "records are gone from the log before they were sent",
                       {{"class", std::string(name(step.of))}, {"records", std::to_string(lost)}});
  }
  BatchWriter writer(options_.node, lane(step.of).log_name, step.of);
  CHECK(writer.add(write_record({.id = id,
                                 .time_ns = options_.clock.wall_ns(),
                                 .body = fmt::format(R"({{"gap":{}}})", lost)})));
  lane(step.of).box = {.step = step,
                       .end = end,
                       .message = writer.finish({.first = step.from, .end = end}, step.age),
                       .inside = {},
                       .uploads = {}};
}

// A piece of each of its first pictures is sent while the class waits; one class at a time.
void Sender::upload_pieces(Box& box) {
  schedule_.pause(box.step.of);
  if (uploading_) return;  // until take_uploads
  uploading_ = box.step;
  uploads_.advance(std::move(box.uploads));
}

void Sender::take_uploads() {
  auto done = uploads_.take();
  if (!done) return;
  for (const Class of : kAllClasses) schedule_.resume(of);
  take_progress(*std::exchange(uploading_, std::nullopt), std::move(*done));
}

// The pictures that are done, or lost, go; the others are the box's again, if it is still there.
void Sender::take_progress(const Schedule::Step& step, UploadThread::Done done) {
  const base::Error* failure = nullptr;
  bool lost = false;
  for (std::size_t i = done.all.size(); i-- > 0;) {
    const auto& one = done.all[i];
    const auto upload = done.uploads.begin() + static_cast<std::ptrdiff_t>(i);
    if (one) {
      schedule_.spend(step, one->bytes);
      if (one->state == Uploader::State::more) continue;
      const std::lock_guard lock(mutex_);
      ++pictures_sent_;
    } else if (one.error().code == Code::missing) {
      give_up(*upload, one.error());
      lost = true;
    } else {
      failure = &one.error();
      continue;
    }
    done.uploads.erase(upload);
  }
  Lane& sent = lane(step.of);
  if (failure == nullptr) {
    sent.backoff.reset();
  } else if (!stopping_) {
    const double jitter = random();
    const bool refused = failure->code == Code::refused;
    fail_for_now(step.of, *failure,
                 refused ? sent.backoff.longest_ns(jitter) : sent.backoff.next_ns(jitter));
  }
  if (lost) {
    sent.box.reset();  // its message names the picture
  } else if (sent.box) {
    sent.box->uploads = std::move(done.uploads);
  }
}

void Sender::give_up(const Upload& upload, const base::Error& error) {
  options_.log.write(Level::error, "uplink", "a picture is lost; its record goes without it",
                     {{"picture", upload.digest}, {"reason", error.message}});
  lost_pictures_.insert(upload.digest);
  const std::lock_guard lock(mutex_);
  ++pictures_lost_;
}

void Sender::publish(Box& box) {
  const Class of = box.step.of;
  // What was sent must not be missing here after a power cut: its offsets would be given out again.
  if (log(of).log().synced() < box.end) {
    if (const auto synced = log(of).log().sync(); !synced) {
      fail_for_now(of, synced.error(), kRetryNs);
      return;
    }
  }
  if (!mqtt_->publish(batch_topic(options_.node, of), box.message, net::Qos::at_least_once)) {
    schedule_.hold(of, kRetryNs);  // no connection, which will be told; or too much is under way
    return;
  }
  schedule_.sent(box.step, box.end);
  schedule_.spend(box.step, box.message.size());
  {
    const std::lock_guard lock(mutex_);
    Counts& counts = counts_[static_cast<std::size_t>(of)];
    counts.sent += box.end - box.step.from;
    counts.sent_bytes += box.message.size();
    counts.resent_batches = schedule_.timeouts(of);
    pictures_sent_ += box.inside.size();
  }
  lane(of).box.reset();
}

}  // namespace weir::link
