// garbage_server: listens where an RTSP camera should be and answers with something else.
//
//   garbage_server --port 8554 --answer random|silence|close
//
// `random` sends random bytes to whoever connects, as fast as they are taken; `silence` takes the
// connection and says nothing; `close` ends each connection at once. Prints {"event": "ready",
// "port": N}, then {"event": "connected"} for each client. Runs until SIGINT or SIGTERM.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <random>
#include <string_view>
#include <vector>

#include "event.h"

namespace {

using namespace weir::sim;

enum class Answer { random, silence, close };

constexpr int kBacklog = 16;
constexpr size_t kClientCountMax = 64;  // who comes when all places are taken is closed at once
constexpr size_t kChunkSize = 4096;

struct Options {
  uint16_t port = 0;
  Answer answer = Answer::random;
};

bool parse_options(int argc, char** argv, Options* options) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::string_view value = argv[i + 1];
    if (name == "--port") {
      const auto end = value.data() + value.size();
      if (std::from_chars(value.data(), end, options->port).ptr != end) return false;
    } else if (name == "--answer" && value == "random") {
      options->answer = Answer::random;
    } else if (name == "--answer" && value == "silence") {
      options->answer = Answer::silence;
    } else if (name == "--answer" && value == "close") {
      options->answer = Answer::close;
    } else {
      return false;
    }
  }
  return argc % 2 == 1;
}

// Returns the listening socket and writes the port it got to `port`; -1 when that fails.
int listen_on(uint16_t* port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(*port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, generic, size) != 0 || listen(listener, kBacklog) != 0 ||
      getsockname(listener, generic, &size) != 0) {
    return -1;
  }
  *port = ntohs(address.sin_port);
  return listener;
}

// Sends what the socket takes now; false when the client is gone.
bool send_random(int client, std::minstd_rand* random) {
  std::array<char, kChunkSize> chunk;
  for (char& byte : chunk) byte = static_cast<char>((*random)() >> 8);
  return send(client, chunk.data(), chunk.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

// Takes what the client says, unread; false when it is gone.
bool swallow(int client) {
  std::array<char, kChunkSize> chunk;
  return recv(client, chunk.data(), chunk.size(), MSG_DONTWAIT) > 0;
}

void serve(int listener, Answer answer) {
  std::minstd_rand random(1);
  const short wanted = answer == Answer::random ? POLLIN | POLLOUT : POLLIN;
  std::vector<pollfd> sockets{{.fd = listener, .events = POLLIN, .revents = 0}};
  while (poll(sockets.data(), sockets.size(), -1) > 0) {
    for (size_t i = sockets.size() - 1; i > 0; --i) {
      const pollfd polled = sockets[i];
      bool stays = true;
      if (polled.revents & (POLLIN | POLLHUP | POLLERR)) stays = swallow(polled.fd);
      if (stays && (polled.revents & POLLOUT)) stays = send_random(polled.fd, &random);
      if (stays) continue;
      ::close(polled.fd);
      sockets.erase(sockets.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (!(sockets[0].revents & POLLIN)) continue;
    const int client = accept(listener, nullptr, nullptr);
    if (client < 0) continue;
    print_event("connected", "", {});
    if (answer == Answer::close || sockets.size() > kClientCountMax) {
      ::close(client);
    } else {
      sockets.push_back({.fd = client, .events = wanted, .revents = 0});
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse_options(argc, argv, &options)) {
    std::fputs("usage: garbage_server [--port N] [--answer random|silence|close]\n", stderr);
    return 2;
  }
  const int listener = listen_on(&options.port);
  if (listener < 0) {
    std::perror("garbage_server: cannot listen");
    return 1;
  }
  print_event("ready", "", {{"port", options.port}});
  serve(listener, options.answer);
  return 1;
}
