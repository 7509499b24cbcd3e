// Runs a fuzz target without libFuzzer: its corpus, then a fixed number of mutations from a fixed
// seed.
//
// usage: NAME_fuzz CORPUS_FOLDER
//
// It is linked to each target outside the `fuzz` preset, so that every test run tries the same
// inputs again, with whatever sanitizers the preset has. When the target stops the program, the
// input is written to NAME_fuzz.crash in the working folder.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr int kMutations = 1000;
constexpr std::size_t kInputSizeMax = 16 * 1024;
constexpr std::uint64_t kSeed = 20260301;

// What a crash handler may touch: plain memory that outlives the call.
const std::uint8_t* current_input = nullptr;
std::size_t current_size = 0;
char crash_path[4096];

void save_input() {
  const int file = open(crash_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0) return;
  const ssize_t written = write(file, current_input, current_size);
  close(file);
  if (written == static_cast<ssize_t>(current_size)) {
    std::fprintf(stderr, "the input that did it: %s (%zu bytes)\n", crash_path, current_size);
  }
}

void on_signal(int signal) {
  save_input();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void try_input(const Bytes& input) {
  const Bytes exact(input.begin(), input.end());  // no spare capacity: one byte too far is seen
  current_input = exact.data();
  current_size = exact.size();
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::vector<Bytes> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Bytes> corpus;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

// The engine's own numbers, not std::uniform_int_distribution's, are the same with every library.
std::size_t below(std::mt19937_64& random, std::size_t bound) {
  return bound == 0 ? 0 : random() % bound;
}

// One small change: a flipped bit, a byte that parsers care about, a piece removed, doubled or
// taken from another input.
void mutate(Bytes& input, const Bytes& other, std::mt19937_64& random) {
  constexpr std::uint8_t kTelling[] = {0,    1,    0x7f, 0x80, 0xff, '"', '\'', '\\',
                                       '\n', '\t', ' ',  ',',  ':',  '{', '}',  '[',
                                       ']',  '(',  ')',  '-',  '.',  '9', '&',  '*'};
  const std::size_t at = below(random, input.size() + 1);
  const auto begin = [&](std::size_t offset) {
    return input.begin() + static_cast<std::ptrdiff_t>(offset);
  };
  const std::size_t length = below(random, std::min<std::size_t>(input.size() - at, 64) + 1);
  switch (below(random, 6)) {
    case 0:
      if (at < input.size()) input[at] ^= static_cast<std::uint8_t>(1u << below(random, 8));
      break;
    case 1:
      if (at < input.size()) input[at] = kTelling[below(random, std::size(kTelling))];
      break;
    case 2: input.insert(begin(at), kTelling[below(random, std::size(kTelling))]); break;
    case 3: input.erase(begin(at), begin(at + length)); break;
    case 4: {
      const Bytes piece(begin(at), begin(at + length));
      for (std::size_t times = below(random, 16); times > 0; --times)
        input.insert(begin(at), piece.begin(), piece.end());
      break;
    }
    default: {
      const std::size_t from = below(random, other.size() + 1);
      const std::size_t count = below(random, std::min<std::size_t>(other.size() - from, 256) + 1);
      const auto first = other.begin() + static_cast<std::ptrdiff_t>(from);
      input.insert(begin(at), first, first + static_cast<std::ptrdiff_t>(count));
    }
  }
  if (input.size() > kInputSizeMax) input.resize(kInputSizeMax);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
    return 2;
  }
  const std::vector<Bytes> corpus = read_corpus(argv[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "%s holds no file, expected inputs to start from\n", argv[1]);
    return 1;
  }
  std::snprintf(crash_path, sizeof crash_path, "%s.crash",
                std::filesystem::path(argv[0]).filename().c_str());
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(save_input);
  for (const int signal : {SIGABRT, SIGFPE, SIGILL}) std::signal(signal, on_signal);

  for (const Bytes& input : corpus) try_input(input);
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < kMutations; ++i) {
    Bytes input = corpus[below(random, corpus.size())];
    for (std::size_t changes = 1 + below(random, 8); changes > 0; --changes) {
      mutate(input, corpus[below(random, corpus.size())], random);
    }
    try_input(input);
  }
  std::printf("%zu inputs of the corpus, %d mutations\n", corpus.size(), kMutations);
  return 0;
}
