// file_output: records and pictures to files.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "data/csv.h"
#include "data/json.h"
#include "flow/operator.h"
#include "operators/columns.h"
#include "operators/record_files.h"

namespace weir::operators {
namespace {

using namespace contract;

enum class Format : std::uint8_t { by_name, jsonl, csv, jpeg };
constexpr std::string_view kFormats[] = {"auto", "jsonl", "csv", "jpeg"};

struct FileOutputParams {
  Path path;
  Format format = Format::by_name;
};

constexpr Param kParams[] = {
    param<&FileOutputParams::path>(
        "path", "The file; {device}, {time} and {n} stand for a record's own.", {.required = true}),
    param<&FileOutputParams::format>(
        "format", "What is written; auto follows from the path's ending.", {.choices = kFormats}),
};
constexpr Port kInputs[] = {{"in", "The records to write."}};
constexpr Port kOutputs[] = {{"out", "The records written, unchanged.", "same:in"}};
constexpr Contract kContract = {
    .name = "file_output",
    .summary = "Writes records or pictures to files.",
    .description =
        "As `jsonl` each record is one line with its time, its device and its columns; as `csv` a "
        "row behind a header; images that are not encoded are left out. With {device} in the path "
        "each device has a file of its own. `weir run` begins such a file anew when its first "
        "record comes; a node goes on behind what stands there, and rejects the records where "
        "that is CSV of other columns. As `jpeg` the picture in the column `packet` is a file of "
        "its own: {time} in its path is replaced by the record's event time and {n} by a count "
        "from 1, each device's own where {device} is in the path, too; on a node by the next "
        "number whose file is not there yet. A path with neither always holds the newest picture. "
        "A path that another step of the pipeline "
        "reads or writes is refused. Records without a picture are dropped and counted. Folders "
        "are made where they are missing.",
    .since = "0.1",
    .group = Group::output,
    .params = kParams,
    .inputs = kInputs,
    .outputs = kOutputs,
    .example = "file_output: {path: \"results/{device}.jsonl\"}",
};
static_assert(well_formed(kContract));

base::Result<Format> format_of(const FileOutputParams& params) {
  if (params.format != Format::by_name) return params.format;
  const std::string& path = params.path.text;
  const auto ends = [&](std::string_view ending) { return path.ends_with(ending); };
  if (ends(".jsonl") || ends(".ndjson")) return Format::jsonl;
  if (ends(".csv")) return Format::csv;
  if (ends(".jpg") || ends(".jpeg")) return Format::jpeg;
  return base::fail(
      base::Code::invalid,
      fmt::format("'{}' does not say what to write; expected an ending .jsonl, .csv or "
                  ".jpg, or `format`",
                  path));
}

// Writes each record's picture to a file of its own.
class PictureOutput final : public flow::Operator {
 public:
  PictureOutput(PathPattern path, std::size_t packets, std::shared_ptr<RecordFiles> files,
                const data::Dictionary& devices)
      : path_(std::move(path)),
        numbered_(path_.has("n")),
        packets_(packets),
        files_(std::move(files)),
        devices_(devices) {}

  void process(std::size_t, const data::Batch& batch, flow::Context& context) override {
    std::vector<std::uint32_t> rows;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const std::size_t row = batch.row(i);
      if (batch.column(packets_).is_null(row)) {
        context.drop(1);
        continue;
      }
      if (const auto written = write(batch, i); !written) {
        context.reject(batch, i, written.error());
      } else {
        rows.push_back(static_cast<std::uint32_t>(row));
      }
    }
    if (!rows.empty()) context.emit(0, batch.select(std::move(rows)));
  }

 private:
  base::Result<> write(const data::Batch& batch, std::size_t index) {
    const data::Packet& packet = *batch.column(packets_).packet(batch.row(index));
    if (packet.format->codec != data::Codec::mjpeg) {
      return base::fail(base::Code::wrong_type,
                        fmt::format("a packet of {}, which is no picture; put "
                                    "decode and encode before",
                                    packet.format->codec_name));
    }
    const std::string_view bytes(reinterpret_cast<const char*>(packet.bytes.data()),
                                 packet.bytes.size());
    const std::string_view device = devices_.name(batch.device(index));
    const std::int64_t time_ns = batch.time_ns(index);
    if (!numbered_) return files_->write_newest(path_.path(device, time_ns, 0), bytes);
    return files_->write_numbered(path_, device, time_ns, bytes);
  }

  PathPattern path_;
  bool numbered_;
  std::size_t packets_;
  std::shared_ptr<RecordFiles> files_;
  const data::Dictionary& devices_;
};

// Appends records as text, the records of one call to one file in one piece.
class TextOutput final : public flow::Operator {
 public:
  TextOutput(PathPattern path, Format format, const data::SchemaRef& schema,
             std::shared_ptr<RecordFiles> files, const data::Dictionary& devices)
      : path_(std::move(path)), format_(format), files_(std::move(files)), devices_(devices) {
    if (format_ == Format::csv) data::append_csv_header(header_, *schema);
  }

  void process(std::size_t, const data::Batch& batch, flow::Context& context) override {
    std::map<std::string, Piece> pieces;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      Piece& piece = pieces[path_.path(devices_.name(batch.device(i)), 0, 0)];
      piece.records.push_back(i);
      if (format_ == Format::csv) {
        data::append_csv_record(piece.text, batch, i, devices_);
      } else {
        data::append_record_json(piece.text, batch, i, devices_);
        piece.text += '\n';
      }
    }
    std::vector<std::uint32_t> rows;
    for (const auto& [path, piece] : pieces) {
      const auto written = files_->append(path, header_, piece.text);
      for (const std::size_t i : piece.records) {
        if (written) rows.push_back(static_cast<std::uint32_t>(batch.row(i)));
        if (!written) context.reject(batch, i, written.error());
      }
    }
    std::ranges::sort(rows);
    if (!rows.empty()) context.emit(0, batch.select(std::move(rows)));
  }

 private:
  struct Piece {
    std::string text;
    std::vector<std::size_t> records;
  };

  PathPattern path_;
  Format format_;
  std::string header_;
  std::shared_ptr<RecordFiles> files_;
  const data::Dictionary& devices_;
};

class FileOutput {
 public:
  using Params = FileOutputParams;

  static base::Result<flow::Prepared> prepare(const flow::Bound<Params>& bound,
                                              flow::Preparation& preparation) {
    const Params& params = bound.shared();
    const auto format = format_of(params);
    if (!format) return preparation.fail("path", format.error().code, format.error().message);
    auto path = PathPattern::parse(params.path.text);
    if (path && *format != Format::jpeg && (path->has("time") || path->has("n"))) {
      path = base::fail(base::Code::invalid,
                        "{time} and {n} are for pictures; a file of records takes {device} alone");
    }
    if (!path) return preparation.fail("path", path.error().code, path.error().message);
    if (preparation.services.purpose == flow::Purpose::run) {
      if (const auto made = make_folders(path->fixed()); !made) {
        return preparation.fail("path", made.error().code, made.error().message);
      }
    }
    flow::Prepared prepared;
    prepared.outputs = {preparation.inputs.front()};
    prepared.writes = written(*path, preparation);
    const auto files = std::make_shared<RecordFiles>(preparation.services.files_there);
    const data::Dictionary& devices = preparation.services.devices;
    if (*format == Format::jpeg) {
      TRY(const std::size_t packets,
          require_column(preparation, kPacket, data::Kind::packet, "put encode before it"));
      prepared.make = [path = *path, packets, files, &devices] {
        return std::make_unique<PictureOutput>(path, packets, files, devices);
      };
    } else {
      prepared.make = [path = *path, format = *format, schema = preparation.inputs.front(), files,
                       &devices] {
        return std::make_unique<TextOutput>(path, format, schema, files, devices);
      };
    }
    return prepared;
  }

 private:
  // As far as it is known before records come.
  static std::vector<std::string> written(const PathPattern& path,
                                          const flow::Preparation& preparation) {
    std::vector<std::string> paths = {path.text()};
    if (!path.has("device") || path.has("time") || path.has("n")) return paths;
    for (const data::Device device : preparation.devices)
      paths.push_back(path.path(preparation.services.devices.name(device), 0, 0));
    return paths;
  }
};

}  // namespace

extern const flow::OperatorType file_output;
constinit const flow::OperatorType file_output = flow::operator_type<FileOutput>(kContract);

}  // namespace weir::operators
