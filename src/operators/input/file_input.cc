// file_input: a video, CSV or JSON lines.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "data/csv.h"
#include "data/json_lines.h"
#include "flow/operator.h"
#include "operators/columns.h"
#include "operators/input_file.h"
#ifdef WEIR_MEDIA
#include "media/demuxer.h"
#endif

namespace weir::operators {
namespace {

using namespace contract;

enum class Format : std::uint8_t { by_content, video, csv, jsonl };
constexpr std::string_view kFormats[] = {"auto", "video", "csv", "jsonl"};

struct FileInputParams {
  Path path;
  Format format = Format::by_content;
  std::string columns;
  std::string time_column;
  std::string start;
  Duration interval = {1'000'000'000};
  std::string device = "input";
};

constexpr Param kParams[] = {
    param<&FileInputParams::path>("path", "The file to read.", {.required = true}),
    param<&FileInputParams::format>(
        "format", "What it holds; auto follows from its ending, or how it begins.",
        {.choices = kFormats}),
    param<&FileInputParams::columns>("columns",
                                     "Which columns to read and their types, as `name: type, …`; "
                                     "by default all, typed by their values."),
    param<&FileInputParams::time_column>(
        "time_column",
        "The column with the event time; by default `time`, else `timestamp` where at least half "
        "of its first values are times. Where it is another, a column `time` is left out."),
    param<&FileInputParams::start>("start",
                                   "Event time of the first picture, or of the first row where no "
                                   "column holds times; by default 1970."),
    param<&FileInputParams::interval>(
        "interval", "Distance of the rows where no column holds times.", {.bounds = {.min = 0}}),
    param<&FileInputParams::device>(
        "device", "The device that the records are of, where no column `device` says."),
};
constexpr Port kOutputs[] = {
    {"out", "Rows with their columns, or packets of all streams of a video."}};
constexpr Contract kContract = {
    .name = "file_input",
    .summary = "Reads a video, CSV or JSON lines from a file.",
    .description =
        "A file is read as fast as the pipeline goes, without losing anything; time is the "
        "records' own. CSV has a header row; "
        "JSON lines hold an object a line. Types are taken from the first 1,000 rows: int64, "
        "float64, bool, timestamp, string, "
        "and from JSON lists, structures and, for what has no common type, value; whole numbers in "
        "CSV that neither int64 nor float64 holds are a string. A row that does not fit is "
        "rejected with its line and the reason. A column `time` is the record's event time and "
        "`device` its device; "
        "times are RFC 3339, and UTC "
        "where they have no zone. A video gives packets: put `demux` and `decode` behind it.",
    .since = "0.1",
    .group = Group::input,
    .params = kParams,
    .outputs = kOutputs,
    .example = "file_input: {path: machine.csv, columns: \"value: float64\"}",
};
static_assert(well_formed(kContract));

class RecordSource final : public flow::Source {
 public:
  static constexpr std::size_t kRowsMax = 1'024;  // a poll

  // `log` is told of fields that the first rows did not have; null where the columns were chosen.
  RecordSource(std::unique_ptr<data::RecordReader> reader, std::string path, base::Log* log)
      : reader_(std::move(reader)), path_(std::move(path)), log_(log) {}

  base::Result<flow::Poll> poll(flow::SourceContext& context) override {
    auto rows = reader_->read(kRowsMax);
    if (!rows)
      return base::fail(rows.error().code, fmt::format("{}: {}", path_, rows.error().message));
    for (const data::BadRow& bad : rows->bad) {
      context.reject(
          1, {bad.reason.code, fmt::format("{}:{}: {}", path_, bad.line, bad.reason.message)});
    }
    context.emit(0, rows->batch);
    advance(rows->batch, context);
    if (!rows->ended) return flow::Poll::again;
    if (const auto& unknown = reader_->unknown_fields(); log_ != nullptr && unknown.count > 0) {
      log_->write(
          base::Level::warning, "file_input", passed_over(unknown),
          {{"file", path_}, {"fields", std::to_string(unknown.count)}, {"first", unknown.first}});
    }
    return flow::Poll::end;
  }

 private:
  // No column is called `time`: where another one holds the times, it is left out.
  static std::string_view passed_over(const data::UnknownFields& unknown) {
    return unknown.first == "time"
               ? "fields passed over: `time` is no column, and time_column names another"
               : "fields passed over that the first rows do not have";
  }

  static void advance(const data::Batch& batch, flow::SourceContext& context) {
    std::map<data::Device, std::int64_t> newest;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto [found, fresh] = newest.emplace(batch.device(i), batch.time_ns(i));
      if (!fresh) found->second = std::max(found->second, batch.time_ns(i));
    }
    for (const auto& [device, time_ns] : newest) context.advance(device, time_ns);
  }

  std::unique_ptr<data::RecordReader> reader_;
  std::string path_;
  base::Log* log_;
};

base::Result<std::unique_ptr<data::RecordReader>> open_records(const std::string& path,
                                                               Content content,
                                                               const data::RecordOptions& options,
                                                               data::Dictionary& devices) {
  TRY(data::ReadBytes read, read_file(path));
  return content == Content::csv ? data::open_csv(std::move(read), options, devices)
                                 : data::open_json_lines(std::move(read), options, devices);
}

#ifdef WEIR_MEDIA
class VideoSource final : public flow::Source {
 public:
  VideoSource(std::unique_ptr<media::Demuxer> demuxer, data::SchemaRef schema, data::Device device,
              std::string path, data::ReadBytes marked)
      : demuxer_(std::move(demuxer)),
        schema_(std::move(schema)),
        device_(device),
        path_(std::move(path)),
        marked_(std::move(marked)) {}

  // A packet at a time: what comes after decoding is large.
  base::Result<flow::Poll> poll(flow::SourceContext& context) override {
    const auto packet = demuxer_->read();
    if (!packet) {
      if (packet.error().code == base::Code::ended) return flow::Poll::end;
      return base::fail(packet.error().code, fmt::format("{}: {}", path_, packet.error().message));
    }
    data::BatchBuilder builder(schema_);
    builder.column(0).append_packet(*packet);
    builder.end_record((*packet)->time_ns, device_);
    context.emit(0, builder.finish());
    // Pictures come in decoding order, which lies before the time at which they are shown; sound
    // runs beside them.
    if ((*packet)->stream == demuxer_->best_video()) {
      context.advance(device_, std::min((*packet)->decode_order_ns, (*packet)->time_ns));
    }
    return flow::Poll::again;
  }

 private:
  std::unique_ptr<media::Demuxer> demuxer_;
  data::SchemaRef schema_;
  data::Device device_;
  std::string path_;
  data::ReadBytes marked_;  // the file as being read
};
#endif

class FileInput {
 public:
  using Params = FileInputParams;

  static base::Result<flow::Prepared> prepare(const flow::Bound<Params>& bound,
                                              flow::Preparation& preparation) {
    const Params& params = bound.shared();
    data::RecordOptions options;
    options.interval_ns = params.interval.ns;
    options.time_column = params.time_column;
    options.device = preparation.services.devices.id(params.device);
    if (!params.start.empty()) {
      const auto start = data::parse_time_ns(params.start);
      if (!start) return preparation.fail("start", start.error().code, start.error().message);
      options.start_ns = *start;
    }
    const auto found = content_of(params.path.text);
    if (!found) return preparation.fail("path", found.error().code, found.error().message);
    switch (params.format) {
      case Format::by_content: break;
      case Format::video: return prepare_video(params, options, preparation);
      case Format::csv: return prepare_records(params, Content::csv, options, preparation);
      case Format::jsonl: return prepare_records(params, Content::jsonl, options, preparation);
    }
    if (*found == Content::video) return prepare_video(params, options, preparation);
    return prepare_records(params, *found, options, preparation);
  }

 private:
  // Opens the file to know its columns; each run opens it anew.
  static base::Result<flow::Prepared> prepare_records(const Params& params, Content content,
                                                      data::RecordOptions options,
                                                      flow::Preparation& preparation) {
    flow::Services& services = preparation.services;
    const std::string path = params.path.text;
    if (!params.columns.empty()) {
      auto columns = data::parse_columns(params.columns);
      if (!columns)
        return preparation.fail("columns", columns.error().code, columns.error().message);
      options.schema = *std::move(columns);
    } else {
      options.types = data::Types::from_first_rows;
    }
    const auto reader = open_records(path, content, options, services.devices);
    if (!reader) {
      const bool time =
          reader.error().code == base::Code::unknown_name && !params.time_column.empty();
      return preparation.fail(time ? "time_column" : "path", reader.error().code,
                              fmt::format("{}: {}", path, reader.error().message));
    }
    if (const std::string missing = (*reader)->missing_columns(); !missing.empty()) {
      services.log.write(base::Level::warning, "file_input",
                         "columns that the file does not have are null",
                         {{"file", path}, {"columns", missing}});
    }
    options.schema = (*reader)->schema();
    flow::Prepared prepared;
    prepared.outputs = {options.schema};
    prepared.reads = {path};
    base::Log* const log = params.columns.empty() ? &services.log : nullptr;
    prepared.make_source =
        [path, content, options, log, &devices = services.devices](
            const flow::LaneStart&) -> base::Result<std::unique_ptr<flow::Source>> {
      TRY(auto reader, open_records(path, content, options, devices));
      return std::make_unique<RecordSource>(std::move(reader), path, log);
    };
    return prepared;
  }

#ifdef WEIR_MEDIA
  static base::Result<flow::Prepared> prepare_video(const Params& params,
                                                    const data::RecordOptions& options,
                                                    flow::Preparation& preparation) {
    const std::string path = params.path.text;
    if (!params.columns.empty() || !params.time_column.empty()) {
      return preparation.fail(params.columns.empty() ? "time_column" : "columns",
                              base::Code::conflict,
                              fmt::format("{} is a video, which has no columns to choose", path));
    }
    media::Demuxer::Options video;
    video.base_ns = options.start_ns;
    video.log = &preparation.services.log;
    const base::Clock& clock = preparation.services.clock;
    // Opened to tell what is no video before anything runs. The first run goes on with it: to look
    // into a video once more takes as long as some of its pictures.
    auto opened = media::Demuxer::open(path, video, clock);
    if (!opened) return preparation.fail("path", opened.error().code, opened.error().message);
    if ((*opened)->best_video() < 0) {
      return preparation.fail("path", base::Code::wrong_type,
                              fmt::format("{} has no video, only sound or data", path));
    }
    const auto schema = data::make_schema({{std::string(kPacket), data::Kind::packet}});
    flow::Prepared prepared;
    prepared.outputs = {schema};
    prepared.reads = {path};
    prepared.make_source =
        [path, video, schema, device = options.device,
         first = std::make_shared<std::unique_ptr<media::Demuxer>>(*std::move(opened)),
         &clock](const flow::LaneStart&) -> base::Result<std::unique_ptr<flow::Source>> {
      auto demuxer = std::exchange(*first, nullptr);
      if (demuxer == nullptr) {
        TRY(demuxer, media::Demuxer::open(path, video, clock));
      }
      TRY(auto marked, read_file(path));
      return std::make_unique<VideoSource>(std::move(demuxer), schema, device, path,
                                           std::move(marked));
    };
    return prepared;
  }
#else
  static base::Result<flow::Prepared> prepare_video(const Params& params,
                                                    const data::RecordOptions&,
                                                    flow::Preparation& preparation) {
    return preparation.fail(
        "path", base::Code::not_yet,
        fmt::format("{} seems to be a video, and this build has no media; expected "
                    "CSV or JSON lines",
                    params.path.text));
  }
#endif
};

}  // namespace

extern const flow::OperatorType file_input;
constinit const flow::OperatorType file_input = flow::operator_type<FileInput>(kContract);

}  // namespace weir::operators
