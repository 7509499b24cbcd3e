// Requests over libcurl.
#include "net/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace weir::net {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr int kCancelPollMs = 500;  // how often `cancel` is looked at

// What comes back, and whether it had to be cut off.
struct Incoming {
  Answer answer;
  std::size_t header_bytes = 0;
  bool too_large = false;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* to) {
  Incoming& incoming = *static_cast<Incoming*>(to);
  incoming.too_large |= incoming.answer.body.size() + size > kAnswerMax;
  if (incoming.too_large) return CURL_WRITEFUNC_ERROR;
  incoming.answer.body.append(data, size);
  return size;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* to) {
  Incoming& incoming = *static_cast<Incoming*>(to);
  incoming.header_bytes += size;
  incoming.too_large |= incoming.header_bytes > kAnswerHeadersMax;
  if (incoming.too_large) return CURL_WRITEFUNC_ERROR;
  const std::string_view line(data, size);
  // A status line begins the headers anew: those before belong to 100 Continue.
  if (line.starts_with("HTTP/")) incoming.answer.headers.clear();
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const std::string_view value = base::trimmed(line.substr(colon + 1));
  const auto [entry, fresh] = incoming.answer.headers.try_emplace(std::move(name), value);
  if (!fresh) entry->second.append(", ").append(value);
  return size;
}

// Called now and then while curl waits.
int on_progress(void* cancel, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return *static_cast<const std::atomic<bool>*>(cancel) ? 1 : 0;
}

bool is_clean(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

struct HeaderList {
  HeaderList() = default;
  ~HeaderList() { curl_slist_free_all(list); }
  void add(const std::string& line) {
    curl_slist* const longer = curl_slist_append(list, line.c_str());
    CHECK(longer != nullptr);
    list = longer;
  }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  curl_slist* list = nullptr;
};

Code code_of(CURLcode result) {
  switch (result) {
    case CURLE_OPERATION_TIMEDOUT: return Code::timeout;
    case CURLE_ABORTED_BY_CALLBACK: return Code::ended;
    case CURLE_URL_MALFORMAT: return Code::invalid;
    default: return Code::network;
  }
}

}  // namespace

// One request on its way.
class HttpClient::Transfer {
 public:
  Transfer() : curl_(curl_easy_init()) { CHECK(curl_ != nullptr); }
  ~Transfer() { curl_easy_cleanup(curl_); }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* curl() const { return curl_; }
  // The call outlives `finish`.
  Result<> prepare(const Call& call);
  Result<Answer> finish(const Call& call, CURLcode result);

 private:
  template <class T>
  void set(CURLoption option, T value) {
    CHECK(curl_easy_setopt(curl_, option, value) == CURLE_OK);
  }
  Result<> set_headers(const Call& call);
  void set_method(const Call& call);

  CURL* const curl_;
  std::unique_ptr<HeaderList> headers_;
  Incoming incoming_;
  char reason_[CURL_ERROR_SIZE] = {};
};

Result<> HttpClient::Transfer::prepare(const Call& call) {
  const std::string_view url = call.url;
  if (!is_clean(url) || !(url.starts_with("http://") || url.starts_with("https://"))) {
    return fail(Code::invalid, fmt::format("\"{}\" is no URL to send a request to, expected "
                                           "http://… or https://…",
                                           url));
  }
  curl_easy_reset(curl_);
  incoming_ = {};
  reason_[0] = '\0';
  TRY_DO(set_headers(call));
  set(CURLOPT_ERRORBUFFER, reason_);
  set(CURLOPT_URL, call.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_USERAGENT, "weir");
  set(CURLOPT_TCP_NODELAY, 1L);
  set(CURLOPT_TIMEOUT_MS,
      static_cast<long>(std::max<std::int64_t>(call.deadline_ns / 1'000'000, 1)));
  set(CURLOPT_WRITEFUNCTION, on_body);
  set(CURLOPT_WRITEDATA, &incoming_);
  set(CURLOPT_HEADERFUNCTION, on_header);
  set(CURLOPT_HEADERDATA, &incoming_);
  if (call.cancel != nullptr) {
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, on_progress);
    set(CURLOPT_XFERINFODATA, call.cancel);
  }
  set_method(call);
  return {};
}

Result<> HttpClient::Transfer::set_headers(const Call& call) {
  headers_ = std::make_unique<HeaderList>();
  bool typed = false;
  for (const auto& [name, value] : call.headers) {
    if (name.empty() || !is_clean(name) || !is_clean(value) ||
        name.find_first_of(": ") != std::string::npos) {
      return fail(Code::invalid, fmt::format("the header \"{}\" is malformed", name));
    }
    // curl sends a header without value only where a semicolon stands in place of the colon.
    headers_->add(value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
    typed |= curl_strequal(name.c_str(), "content-type") != 0;
  }
  // Else curl says that a form sends it.
  if (!typed) headers_->add("Content-Type: application/octet-stream");
  set(CURLOPT_HTTPHEADER, headers_->list);
  return {};
}

void HttpClient::Transfer::set_method(const Call& call) {
  const bool takes_body =
      call.method == Method::post || call.method == Method::put || call.method == Method::patch;
  if (call.method == Method::head) set(CURLOPT_NOBODY, 1L);
  if (takes_body || !call.body.empty()) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
    set(CURLOPT_POSTFIELDS, call.body.data());
  }
  if (call.method != Method::head)
    set(CURLOPT_CUSTOMREQUEST, std::string(name(call.method)).c_str());
}

Result<Answer> HttpClient::Transfer::finish(const Call& call, CURLcode result) {
  if (incoming_.too_large) {
    return fail(Code::limit, fmt::format("the answer of {} is too large, expected at most {} bytes "
                                         "and {} of headers",
                                         call.url, kAnswerMax, kAnswerHeadersMax));
  }
  if (result != CURLE_OK) {
    const char* const reason = reason_[0] != '\0' ? reason_ : curl_easy_strerror(result);
    return fail(code_of(result),
                fmt::format("{} {} failed: {}", name(call.method), call.url, reason));
  }
  long status = 0;
  curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
  incoming_.answer.status = static_cast<int>(status);
  return std::move(incoming_.answer);
}

// Keeps the connections.
struct HttpClient::Connections {
  Connections() : multi(curl_multi_init()) { CHECK(multi != nullptr); }
  ~Connections() { curl_multi_cleanup(multi); }
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;
  CURLM* const multi;
};

HttpClient::HttpClient() : connections_(std::make_unique<Connections>()) {}
HttpClient::~HttpClient() = default;

Result<Answer> HttpClient::send(const Call& call) {
  return std::move(send_all({&call, 1}).front());
}

std::vector<Result<Answer>> HttpClient::send_all(std::span<const Call> calls) {
  CHECK(calls.size() <= kCallsMax);
  CURLM* const multi = connections_->multi;
  std::vector<Result<Answer>> answers(calls.size());
  while (transfers_.size() < calls.size()) transfers_.push_back(std::make_unique<Transfer>());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (auto prepared = transfers_[i]->prepare(calls[i]); !prepared) {
      answers[i] = std::unexpected(std::move(prepared.error()));
    } else {
      CHECK(curl_multi_add_handle(multi, transfers_[i]->curl()) == CURLM_OK);
    }
  }
  for (int running = 1; running > 0;) {
    CHECK(curl_multi_perform(multi, &running) == CURLM_OK);
    if (running > 0) CHECK(curl_multi_poll(multi, nullptr, 0, kCancelPollMs, nullptr) == CURLM_OK);
  }
  int left = 0;
  while (const CURLMsg* const message = curl_multi_info_read(multi, &left)) {
    const CURLcode result = message->data.result;
    const auto found = std::ranges::find(transfers_, message->easy_handle,
                                         [](const auto& transfer) { return transfer->curl(); });
    CHECK(curl_multi_remove_handle(multi, message->easy_handle) == CURLM_OK);
    const auto i = static_cast<std::size_t>(found - transfers_.begin());
    answers[i] = transfers_[i]->finish(calls[i], result);
  }
  return answers;
}

}  // namespace weir::net
