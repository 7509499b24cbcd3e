// Appending, and what holds logs, pictures and the sender together.
#include "link/uplink.h"

#include <fmt/format.h>

#include <atomic>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "link/class_log.h"
#include "link/pictures.h"
#include "link/sender.h"
#include "link/topic.h"
#include "store/blobs.h"

namespace weir::link {

using base::Code;
using base::fail;
using base::Result;

namespace {

Result<> check_options(const Uplink::Options& options) {
  TRY_DO(check_node_name(options.node));
  const bool http =
      options.hub_url.starts_with("http://") || options.hub_url.starts_with("https://");
  if (!http && !options.hub_url.empty()) {
    return fail(Code::invalid,
                fmt::format("the hub's address '{}'; expected http://host:port", options.hub_url));
  }
  if (options.window == 0 || options.backlog_bytes_per_s == 0 || options.commit_deadline_ns <= 0)
    return fail(Code::invalid, "an uplink with a window, rate or deadline that is not above 0");
  return {};
}

std::uint64_t quota(const Uplink::Quotas& quotas, Class of) {
  switch (of) {
    case Class::alert: return quotas.alert;
    case Class::result: return quotas.result;
    case Class::bulk: return quotas.bulk;
  }
  return 0;
}

}  // namespace

class Uplink::Core {
 public:
  explicit Core(Options options) : options_(std::move(options)) {}
  ~Core() { stop(0); }

  Result<> open();
  Result<> append(Class of, std::span<const Record> records, std::string_view picture);
  Result<> report(std::string state_json);
  void stop(std::int64_t deadline_ns);
  UplinkStatus status() const;

 private:
  struct Appends {
    std::atomic<std::uint64_t> done = 0, refused = 0;
  };

  void remove_orphans();
  Result<> try_append(Class of, std::span<const Record> records, std::string_view picture);
  Result<> append_checked(Class of, std::span<const Record> records, const std::string& digest);
  Result<std::string> keep_picture(Class of, std::string_view picture);
  ClassLog& log(Class of) const { return *logs_[static_cast<std::size_t>(of)]; }

  const Options options_;
  std::unique_ptr<store::Blobs> blobs_;
  std::unique_ptr<Pictures> pictures_;
  Sender::Logs logs_;
  std::array<Appends, kClasses> appends_;
  std::atomic<bool> stopped_ = false;
  std::unique_ptr<Sender> sender_;  // null without a hub; last: it uses all above
};

Result<> Uplink::Core::open() {
  TRY_DO(check_options(options_));
  TRY(blobs_, store::Blobs::open({.folder = options_.folder + "/pictures",
                                  .quota_bytes = options_.quotas.pictures,
                                  .log = options_.log}));
  pictures_ = std::make_unique<Pictures>(*blobs_, options_.log);
  for (const Class of : kAllClasses) {
    TRY(logs_[static_cast<std::size_t>(of)],
        ClassLog::open({.folder = options_.folder,
                        .of = of,
                        .segment_bytes = options_.segment_bytes,
                        .quota_bytes = quota(options_.quotas, of),
                        .pictures = *pictures_,
                        .log = options_.log,
                        .clock = options_.clock}));
  }
  remove_orphans();
  if (options_.hub_url.empty()) return {};
  TRY(sender_, Sender::start(options_, {.logs = logs_, .blobs = *blobs_, .pictures = *pictures_}));
  return {};
}

// Pictures whose record was not appended any more, or was committed, when the process ended.
void Uplink::Core::remove_orphans() {
  for (const Class of : kAllClasses)
    if (!log(of).all_pictures_known()) return;
  const auto digests = blobs_->digests();
  if (!digests) return;  // it costs room, and no record
  for (const std::string& digest : *digests)
    if (!pictures_->needs(digest)) (void)blobs_->remove(digest);
}

Result<> Uplink::Core::append(Class of, std::span<const Record> records, std::string_view picture) {
  const auto appended = try_append(of, records, picture);
  Appends& counts = appends_[static_cast<std::size_t>(of)];
  (appended ? counts.done : counts.refused) += records.size();
  if (appended && sender_ != nullptr) sender_->appended(of);
  return appended;
}

Result<> Uplink::Core::try_append(Class of, std::span<const Record> records,
                                  std::string_view picture) {
  CHECK(picture.empty() || records.size() == 1);
  if (stopped_) return fail(Code::ended, "the uplink is stopped");
  if (records.empty()) return {};
  for (const Record& record : records) TRY_DO(check_record(record));
  if (picture.empty()) return append_checked(of, records, "");
  TRY(const std::string digest, keep_picture(of, picture));
  const auto appended = append_checked(of, records, digest);
  pictures_->let_go(digest);
  return appended;
}

Result<> Uplink::Core::append_checked(Class of, std::span<const Record> records,
                                      const std::string& digest) {
  std::vector<std::string> encoded;
  encoded.reserve(records.size());
  for (const Record& record : records) {
    Record stored = record;
    stored.picture = digest;
    encoded.push_back(write_record(stored));
  }
  const std::vector<std::string_view> views(encoded.begin(), encoded.end());
  TRY_DO(log(of).append(views, digest));
  if (sender_ != nullptr) return {};
  return log(of).log().sync();  // which the sender does else
}

// Before the record that names it. For lack of room, records of less worth go with their pictures.
Result<std::string> Uplink::Core::keep_picture(Class of, std::string_view picture) {
  if (picture.size() > kPictureBytesMax) {
    return fail(Code::limit, fmt::format("a picture of {} bytes; at most {} are sent",
                                         picture.size(), kPictureBytesMax));
  }
  auto digest = pictures_->keep(picture);
  for (const Class less : {Class::bulk, Class::result}) {
    while (!digest && digest.error().code == Code::limit && less >= of && log(less).drop_oldest())
      digest = pictures_->keep(picture);
  }
  return digest;
}

Result<> Uplink::Core::report(std::string state_json) {
  TRY_DO(check_state(state_json));
  if (!stopped_ && sender_ != nullptr) sender_->report(std::move(state_json));
  return {};
}

void Uplink::Core::stop(std::int64_t deadline_ns) {
  stopped_ = true;
  if (sender_ != nullptr) sender_->stop(deadline_ns);
}

UplinkStatus Uplink::Core::status() const {
  UplinkStatus status;
  if (sender_ != nullptr) sender_->fill(status);
  for (const Class of : kAllClasses) {
    ClassStatus& one = status.classes[static_cast<std::size_t>(of)];
    const Appends& counts = appends_[static_cast<std::size_t>(of)];
    one.appended = counts.done;
    one.refused = counts.refused;
    one.dropped = log(of).dropped();
    const std::uint64_t cursor = log(of).cursor();
    one.backlog = log(of).log().end() - cursor;
    one.log_bytes = log(of).log().bytes();
  }
  status.picture_bytes = blobs_->bytes();
  return status;
}

Uplink::Uplink(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Uplink::~Uplink() = default;

Result<std::unique_ptr<Uplink>> Uplink::open(Options options) {
  auto core = std::make_unique<Core>(std::move(options));
  TRY_DO(core->open());
  return std::unique_ptr<Uplink>(new Uplink(std::move(core)));
}

Result<> Uplink::append(Class of, const Record& record, std::string_view picture) {
  return core_->append(of, {&record, 1}, picture);
}

Result<> Uplink::append_all(Class of, std::span<const Record> records) {
  return core_->append(of, records, {});
}

Result<> Uplink::report(std::string state_json) {
  return core_->report(std::move(state_json));
}

void Uplink::stop(std::int64_t deadline_ns) {
  core_->stop(deadline_ns);
}

UplinkStatus Uplink::status() const {
  return core_->status();
}

}  // namespace weir::link
