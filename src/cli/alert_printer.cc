// Alerts as JSON lines.
#include "cli/alert_printer.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "data/json.h"

namespace weir::cli {
namespace {

std::unexpected<base::Error> write_error(const std::string& path) {
  return base::fail(base::Code::io, "cannot write " + path + ": " + base::errno_text(errno));
}

}  // namespace

std::string file_name(std::string_view id) {
  std::string out;
  for (const char c : id) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_';
    if (plain) {
      out += c;
    } else if (c == '/') {
      out += '~';
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

base::Result<std::string> AlertPrinter::write_picture(const flow::Alert& alert) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) {
    return base::fail(base::Code::io, "cannot make the folder " + folder_ + ": " + error.message());
  }
  std::string path = (std::filesystem::path(folder_) / (file_name(alert.id) + ".jpg")).string();
  std::FILE* const file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return write_error(path);
  const auto bytes = alert.picture->bytes;
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  if ((std::fclose(file) == 0) && written) return path;
  const auto failure = write_error(path);
  std::filesystem::remove(path, error);
  return failure;
}

base::Result<> AlertPrinter::raise(const flow::Alert& alert) {
  const std::lock_guard lock(mutex_);
  data::Value picture;
  if (alert.picture != nullptr) {
    TRY(picture, write_picture(alert));
  }
  data::Map line = {{"id", alert.id},
                    {"time", data::Timestamp{alert.time_ns}},
                    {"device", alert.device},
                    {"title", alert.title},
                    {"picture", picture}};
  if (alert.captured_ns != 0) line.emplace_back("captured", data::Timestamp{alert.captured_ns});
  if (alert.received_ns != 0) line.emplace_back("received", data::Timestamp{alert.received_ns});
  line.emplace_back("raised", data::Timestamp{clock_.wall_ns()});
  std::string text;
  data::append_json(text, std::move(line));
  return out_.write(text += '\n');
}

}  // namespace weir::cli
