// One request over libcurl.
#include "net/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace weir::net {

using base::Code;
using base::fail;
using base::Result;

namespace {

// What comes back, and whether it had to be cut off.
struct Incoming {
  Answer answer;
  std::size_t header_bytes = 0;
  bool too_large = false;
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

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
  const std::string_view value = trimmed(line.substr(colon + 1));
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
  ~HeaderList() { curl_slist_free_all(list); }
  void add(const std::string& line) {
    curl_slist* const longer = curl_slist_append(list, line.c_str());
    CHECK(longer != nullptr);
    list = longer;
  }
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

struct HttpClient::Handle {
  Handle() : curl(curl_easy_init()) { CHECK(curl != nullptr); }
  ~Handle() { curl_easy_cleanup(curl); }

  template <class T>
  void set(CURLoption option, T value) {
    CHECK(curl_easy_setopt(curl, option, value) == CURLE_OK);
  }
  void set_method(Method method, const std::string& body);

  CURL* const curl;
  char reason[CURL_ERROR_SIZE] = {};
};

void HttpClient::Handle::set_method(Method method, const std::string& body) {
  const bool takes_body =
      method == Method::post || method == Method::put || method == Method::patch;
  if (method == Method::head) set(CURLOPT_NOBODY, 1L);
  if (takes_body || !body.empty()) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_POSTFIELDS, body.data());
  }
  if (method != Method::head) set(CURLOPT_CUSTOMREQUEST, std::string(name(method)).c_str());
}

HttpClient::HttpClient() : handle_(std::make_unique<Handle>()) {}
HttpClient::~HttpClient() = default;

Result<Answer> HttpClient::send(const Call& call) {
  const std::string_view url = call.url;
  if (!is_clean(url) || !(url.starts_with("http://") || url.starts_with("https://"))) {
    return fail(Code::invalid, fmt::format("\"{}\" is no URL to send a request to, expected "
                                           "http://… or https://…",
                                           url));
  }
  Handle& handle = *handle_;
  curl_easy_reset(handle.curl);  // keeps the connection
  HeaderList headers;
  bool typed = false;
  for (const auto& [name, value] : call.headers) {
    if (name.empty() || !is_clean(name) || !is_clean(value) ||
        name.find_first_of(": ") != std::string::npos) {
      return fail(Code::invalid, fmt::format("the header \"{}\" is malformed", name));
    }
    // curl sends a header without value only where a semicolon stands in place of the colon.
    headers.add(value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
    typed |= curl_strequal(name.c_str(), "content-type") != 0;
  }
  // Else curl says that a form sends it.
  if (!typed) headers.add("Content-Type: application/octet-stream");
  Incoming incoming;
  handle.reason[0] = '\0';
  handle.set(CURLOPT_ERRORBUFFER, handle.reason);
  handle.set(CURLOPT_URL, call.url.c_str());
  handle.set(CURLOPT_PROTOCOLS_STR, "http,https");
  handle.set(CURLOPT_HTTPHEADER, headers.list);
  handle.set(CURLOPT_NOSIGNAL, 1L);
  handle.set(CURLOPT_NOPROXY, "*");
  handle.set(CURLOPT_USERAGENT, "weir");
  handle.set(CURLOPT_TCP_NODELAY, 1L);
  handle.set(CURLOPT_TIMEOUT_MS,
             static_cast<long>(std::max<std::int64_t>(call.deadline_ns / 1'000'000, 1)));
  handle.set(CURLOPT_WRITEFUNCTION, on_body);
  handle.set(CURLOPT_WRITEDATA, &incoming);
  handle.set(CURLOPT_HEADERFUNCTION, on_header);
  handle.set(CURLOPT_HEADERDATA, &incoming);
  if (call.cancel != nullptr) {
    handle.set(CURLOPT_NOPROGRESS, 0L);
    handle.set(CURLOPT_XFERINFOFUNCTION, on_progress);
    handle.set(CURLOPT_XFERINFODATA, call.cancel);
  }
  handle.set_method(call.method, call.body);
  const CURLcode result = curl_easy_perform(handle.curl);
  if (incoming.too_large) {
    return fail(Code::limit, fmt::format("the answer of {} is too large, expected at most {} bytes "
                                         "and {} of headers",
                                         call.url, kAnswerMax, kAnswerHeadersMax));
  }
  if (result != CURLE_OK) {
    const char* const reason =
        handle.reason[0] != '\0' ? handle.reason : curl_easy_strerror(result);
    return fail(code_of(result),
                fmt::format("{} {} failed: {}", name(call.method), call.url, reason));
  }
  long status = 0;
  curl_easy_getinfo(handle.curl, CURLINFO_RESPONSE_CODE, &status);
  incoming.answer.status = static_cast<int>(status);
  return std::move(incoming.answer);
}

}  // namespace weir::net
