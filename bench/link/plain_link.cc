// plain_link: the best plain program for what the benchmark `uplink` asks of Weir.
//
//   plain_link keep --port P --database FILE    # the hub's part; prints "ready"; until SIGTERM
//   plain_link send --port P --count N          # the node's; prints {"seconds", "cpu", "bytes"}
//
// Sends the results that `appender` appends from memory to an MQTT broker at QoS 1, in batches of
// the size and compression that Weir's have, eight at a time; keeps each batch in one synced
// transaction of SQLite, one row of an id, and says so. There is no log on the sender's disk, no
// check of what comes, nothing is sent again, and each side has one thread.
#include <CLI/CLI.hpp>

#include <fmt/format.h>
#include <mosquitto.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zstd.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t kBatchBytes = std::size_t{192} << 10;
constexpr std::size_t kWindow = 8;
constexpr int kCompressionLevel = 3;
constexpr int kLoopMs = 100;
constexpr std::chrono::seconds kTimeMax{120};
constexpr const char* kUp = "plain/up";
constexpr const char* kDown = "plain/down";

[[noreturn]] void stop(std::string_view reason) {
  fmt::print(stderr, "plain_link: {}\n", reason);
  std::exit(1);
}

struct Options {
  int port = 0;
  std::string database;
  std::uint64_t count = 0;
};

// A connection that hands on what comes.
class Broker {
 public:
  using Handler = void (*)(void* self, std::string_view payload);

  Broker(int port, const char* filter, Handler handler, void* self)
      : handler_(handler), self_(self), client_(mosquitto_new(nullptr, true, this)) {
    mosquitto_int_option(client_, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_message_callback_set(
        client_, [](mosquitto*, void* broker, const mosquitto_message* message) {
          const auto& to = *static_cast<Broker*>(broker);
          to.handler_(to.self_, {static_cast<char*>(message->payload),
                                 static_cast<std::size_t>(message->payloadlen)});
        });
    mosquitto_subscribe_callback_set(client_, [](mosquitto*, void* broker, int, int, const int*) {
      static_cast<Broker*>(broker)->listening_ = true;
    });
    if (mosquitto_connect(client_, "127.0.0.1", port, 60) != MOSQ_ERR_SUCCESS)
      stop("there is no broker");
    mosquitto_subscribe(client_, nullptr, filter, 1);
    while (!listening_) loop(kLoopMs);
  }
  ~Broker() { mosquitto_destroy(client_); }
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  void loop(int ms) {
    if (mosquitto_loop(client_, ms, 1) != MOSQ_ERR_SUCCESS) stop("the connection has ended");
  }
  void publish(const char* topic, std::string_view payload) {
    if (mosquitto_publish(client_, nullptr, topic, static_cast<int>(payload.size()), payload.data(),
                          1, false) != MOSQ_ERR_SUCCESS)
      stop("a message is not taken");
  }

 private:
  const Handler handler_;
  void* const self_;
  mosquitto* const client_;
  bool listening_ = false;
};

double cpu_s() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::string pack(std::string_view content) {
  std::string packed(ZSTD_compressBound(content.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), content.data(), content.size(),
                              kCompressionLevel));
  return packed;
}

void send(const Options& options) {
  std::size_t under_way = 0;
  const auto committed = [](void* self, std::string_view) { --*static_cast<std::size_t*>(self); };
  Broker broker(options.port, kDown, committed, &under_way);
  const auto begun = std::chrono::steady_clock::now();
  std::uint64_t number = 0, bytes = 0;
  while (number < options.count || under_way > 0) {
    if (std::chrono::steady_clock::now() - begun > kTimeMax) stop("it takes too long");
    if (under_way == kWindow || number == options.count) {
      broker.loop(kLoopMs);
      continue;
    }
    std::string content;
    for (; number < options.count && content.size() < kBatchBytes; ++number) {
      const auto now = std::chrono::system_clock::now().time_since_epoch().count();
      fmt::format_to(std::back_inserter(content),
                     "feed/{}/0\t{}\t"
                     R"({{"device":"machine-{}","title":"over {}","temperature":{},"n":{}}})"
                     "\n",
                     number, now, number % 1000, number % 7, number * 2'654'435'761 % 100'000,
                     number);
    }
    const std::string packed = pack(content);
    bytes += packed.size();
    ++under_way;
    broker.publish(kUp, packed);
    broker.loop(0);
  }
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begun;
  fmt::print("{{\"seconds\":{:.6f},\"cpu\":{:.3f},\"bytes\":{}}}\n", spent.count(), cpu_s(), bytes);
}

void run(sqlite3* database, const char* sql) {
  if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    stop(sqlite3_errmsg(database));
}

sqlite3* open(const std::string& path) {
  sqlite3* database = nullptr;
  if (sqlite3_open(path.c_str(), &database) != SQLITE_OK) stop("no database");
  run(database,
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
      "CREATE TABLE result (number INTEGER PRIMARY KEY, node INTEGER NOT NULL, class INTEGER NOT "
      "NULL, id TEXT NOT NULL, time_ns INTEGER NOT NULL, picture TEXT NOT NULL, body TEXT NOT "
      "NULL, received_ns INTEGER NOT NULL, UNIQUE (node, id))");
  return database;
}

sqlite3_stmt* prepare(sqlite3* database, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) != SQLITE_OK)
    stop(sqlite3_errmsg(database));
  return statement;
}

class Keeper {
 public:
  explicit Keeper(const Options& options)
      : database_(open(options.database)),
        insert_(prepare(database_,
                        "INSERT INTO result (node, class, id, time_ns, picture, body, "
                        "received_ns) VALUES (1, 1, ?, ?, '', ?, ?) "
                        "ON CONFLICT DO NOTHING")),
        broker_(
            options.port, kUp,
            [](void* self, std::string_view packed) { static_cast<Keeper*>(self)->keep(packed); },
            this) {}
  [[noreturn]] void work() {
    while (true) broker_.loop(kLoopMs);
  }

 private:
  void keep(std::string_view packed) {
    std::string content(ZSTD_getFrameContentSize(packed.data(), packed.size()), '\0');
    ZSTD_decompress(content.data(), content.size(), packed.data(), packed.size());
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    run(database_, "BEGIN IMMEDIATE");
    for (std::string_view left = content; !left.empty();) {
      const std::string_view id = take(left, '\t'), time = take(left, '\t'),
                             body = take(left, '\n');
      std::int64_t time_ns = 0;
      std::from_chars(time.data(), time.data() + time.size(), time_ns);
      sqlite3_bind_text(insert_, 1, id.data(), static_cast<int>(id.size()), SQLITE_STATIC);
      sqlite3_bind_int64(insert_, 2, time_ns);
      sqlite3_bind_text(insert_, 3, body.data(), static_cast<int>(body.size()), SQLITE_STATIC);
      sqlite3_bind_int64(insert_, 4, now);
      if (sqlite3_step(insert_) != SQLITE_DONE) stop(sqlite3_errmsg(database_));
      sqlite3_reset(insert_);
    }
    run(database_, "COMMIT");
    broker_.publish(kDown, "kept");
  }

  static std::string_view take(std::string_view& left, char end) {
    const std::size_t at = left.find(end);
    const std::string_view taken = left.substr(0, at);
    left.remove_prefix(at + 1);
    return taken;
  }

  sqlite3* const database_;
  sqlite3_stmt* const insert_;
  Broker broker_;
};

}  // namespace

int main(int argc, char** argv) {
  mosquitto_lib_init();
  CLI::App app("plain_link: a link between node and hub, without what makes it one");
  Options options;
  app.add_option("--port", options.port)->required();
  CLI::App* const keep = app.add_subcommand("keep")->fallthrough();
  keep->add_option("--database", options.database)->required();
  CLI::App* const sender = app.add_subcommand("send")->fallthrough();
  sender->add_option("--count", options.count)->required();
  app.require_subcommand(1);
  CLI11_PARSE(app, argc, argv);
  if (*sender) {
    send(options);
    return 0;
  }
  Keeper keeper(options);
  fmt::print("ready\n");
  std::fflush(stdout);
  keeper.work();
}
