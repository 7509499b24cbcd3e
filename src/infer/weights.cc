// Tells other files from ONNX models.
#include "infer/weights.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

#include <fmt/format.h>

#include "base/text.h"

namespace weir::infer {
namespace {

constexpr std::size_t kHeadBytes = 1024;

struct Signature {
  std::size_t offset;
  std::string_view bytes, what;
};

using namespace std::string_view_literals;
constexpr auto kSignatures = std::to_array<Signature>({
    {0, base::kLfsPointer,
     "a Git LFS pointer, not the file it stands for: fetch that with `git lfs pull`"sv},
    {4, "TFL3"sv, "a TensorFlow Lite model; convert it to ONNX"sv},
    {0, "PK\x03\x04"sv,
     "a zip archive, such as PyTorch and Keras write; export the model to ONNX"sv},
    {0, "\x89HDF\r\n"sv, "an HDF5 file, such as Keras writes; export the model to ONNX"sv},
    {0, "\x1f\x8b"sv, "compressed with gzip; unpack it"sv},
});

// A model's first byte is a protobuf tag, which no text has.
bool looks_like_text(std::string_view head) {
  return !head.empty() && std::ranges::all_of(head, [](unsigned char c) {
    return c >= 0x20 ? c != 0x7f : c == '\n' || c == '\r' || c == '\t' || c == '\f';
  });
}

bool looks_like_html(std::string_view head) {
  head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
  std::string start(head.substr(0, 9));
  std::ranges::transform(start, start.begin(),
                         [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<?xml");
}

}  // namespace

std::string_view recognise_other(std::string_view head) {
  if (const std::string_view other = recognise_no_plain_text(head); !other.empty()) return other;
  return looks_like_text(head) ? "a text file" : std::string_view();
}

std::string_view recognise_no_plain_text(std::string_view head) {
  for (const Signature& signature : kSignatures) {
    if (head.size() > signature.offset &&
        head.substr(signature.offset).starts_with(signature.bytes))
      return signature.what;
  }
  if (looks_like_html(head))
    return "a web page; a download may have gone to a log-in or an error page";
  return {};
}

base::Result<> check_weights(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    return base::fail(base::Code::missing, fmt::format("{}: cannot read the weights: {}", path,
                                                       base::errno_text(errno)));
  }
  struct stat status = {};
  std::array<char, kHeadBytes> head;
  const bool plain = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  const ssize_t size = plain ? read(file, head.data(), head.size()) : 0;
  close(file);
  if (!plain) {
    return base::fail(base::Code::invalid,
                      path + ": is not a plain file, expected the weights, an ONNX model");
  }
  if (size < 0) return base::fail(base::Code::io, path + ": cannot read the weights");
  if (size == 0)
    return base::fail(base::Code::corrupt,
                      path + ": is empty, expected the weights, an ONNX model");
  const std::string_view other = recognise_other({head.data(), static_cast<std::size_t>(size)});
  if (!other.empty()) return base::fail(base::Code::corrupt, fmt::format("{}: is {}", path, other));
  return {};
}

}  // namespace weir::infer
