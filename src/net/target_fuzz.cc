// Any bytes as a request's target, and as Host and Origin: what is taken keeps its promises, and is
// taken again as the same when written anew.
#include "net/target.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "net/hosts.h"

using namespace weir;

namespace {

constexpr std::size_t kKeysMax = 16;

bool is_plain(std::string_view text) {
  return !base::invalid_utf8(text) &&
         std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
}

std::string written(const net::Target& target) {
  std::string out = target.segments.empty() ? "/" : "";
  for (const std::string& segment : target.segments) out += "/" + net::encode_percent(segment);
  char between = '?';
  for (const auto& [key, value] : target.query) {
    out += between + net::encode_percent(key) + "=" + net::encode_percent(value);
    between = '&';
  }
  return out;
}

void try_target(std::string_view text) {
  const auto target = net::parse_target(text, kKeysMax);
  if (!target) return;
  std::string path = target->segments.empty() ? "/" : "";
  for (const std::string& segment : target->segments) {
    CHECK(is_plain(segment) && segment != "." && segment != "..");
    CHECK(segment.find_first_of("/\\") == std::string::npos);
    path += "/" + segment;
  }
  CHECK(path == target->path && target->query.size() <= kKeysMax);
  for (const auto& [key, value] : target->query) CHECK(is_plain(key) && is_plain(value));
  const auto again = net::parse_target(written(*target), kKeysMax);
  CHECK(again && again->segments == target->segments && again->query == target->query);
}

void try_host(std::string_view text) {
  const net::Hosts hosts("127.0.0.1", {"hub.example"});
  const bool known = hosts.known(text);
  // A page of a known host is of the same origin by its own name, whatever that is.
  if (known) CHECK(net::same_origin("http://" + std::string(text), text));
  if (net::is_loopback(text)) CHECK(known || text.find(':') != std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  try_target(text);
  try_host(text);
  return 0;
}
