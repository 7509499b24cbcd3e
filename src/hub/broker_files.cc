// The files that mosquitto reads.
#include "hub/broker_files.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <span>
#include <utility>

#include "base/check.h"
#include "base/random.h"
#include "base/text.h"
#include "link/message.h"
#include "link/topic.h"
#include "store/whole_file.h"

namespace weir::hub {

using base::Code;
using base::fail;
using base::Result;

namespace {

// As mosquitto_passwd does by default: our tokens are random, and need no more.
constexpr int kHashRounds = 101;
constexpr std::size_t kSaltBytes = 12;
constexpr std::size_t kHashBytes = 64;
constexpr std::size_t kPacketBytesMax = link::kMessageBytesMax + (4 << 10);  // with its topic
constexpr std::string_view kHashForm = "$7$";

}  // namespace

Result<BrokerFiles> BrokerFiles::make(std::string folder) {
  // mosquitto reads a path to the end of its line.
  if (folder.empty() || folder.find_first_of("\r\n") != std::string::npos) {
    return fail(Code::invalid, "the broker's folder has no path, or one with a line end in it");
  }
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    const std::string why = base::errno_text(errno);
    return fail(Code::io, fmt::format("cannot make the folder {}: {}", folder, why));
  }
  return BrokerFiles(std::move(folder));
}

// Nothing on disk, nothing retained, and queues that forget the newest when they are full: the link
// sends again. A client's id is its user, whatever it says: a second client of an id ends the
// first, and a node with another's id would cut that one off. `user` keeps it from changing to a
// user of its own, which cannot read these files and which our death would not end.
Result<> BrokerFiles::write_rules(std::uint16_t port, std::string_view hub) const {
  TRY_DO(
      store::write_whole(folder_ + "/access", fmt::format("user {}\n"
                                                          "topic read {}\n"
                                                          "topic write weir/v1/node/+/down/#\n"
                                                          "\n"
                                                          "pattern write weir/v1/node/%u/up/#\n"
                                                          "pattern read weir/v1/node/%u/down/#\n",
                                                          hub, link::kUpFilter)));
  return store::write_whole(configuration(),
                            fmt::format("listener {} 127.0.0.1\n"
                                        "use_username_as_clientid true\n"
                                        "user root\n"
                                        "allow_anonymous false\n"
                                        "password_file {}/passwords\n"
                                        "acl_file {}/access\n"
                                        "persistence false\n"
                                        "retain_available false\n"
                                        "persistent_client_expiration 1h\n"
                                        "max_queued_messages {}\n"
                                        "max_queued_bytes {}\n"
                                        "max_packet_size {}\n"
                                        "set_tcp_nodelay true\n"
                                        "sys_interval 0\n"
                                        "log_dest stderr\n"
                                        "log_timestamp false\n"
                                        "log_type error\n"
                                        "log_type warning\n"
                                        "log_type notice\n",
                                        port, folder_, folder_, kBrokerQueuedMessagesMax,
                                        kBrokerQueuedBytesMax, kPacketBytesMax));
}

Result<> BrokerFiles::write_passwords(const BrokerPasswords& passwords) const {
  std::string text;
  for (const auto& [user, hash] : passwords) text += user + ":" + hash + "\n";
  return store::write_whole(folder_ + "/passwords", text);
}

std::string hash_broker_password(std::string_view password) {
  const std::string salt = base::random_bytes(kSaltBytes);
  const std::span salt_bytes(reinterpret_cast<const std::uint8_t*>(salt.data()), salt.size());
  unsigned char hash[kHashBytes];
  CHECK(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), salt_bytes.data(),
                          kSaltBytes, kHashRounds, EVP_sha512(), sizeof hash, hash) == 1);
  return fmt::format("{}{}${}${}", kHashForm, kHashRounds, base::encode_base64(salt_bytes),
                     base::encode_base64(hash));
}

bool is_broker_password_hash(std::string_view text) {
  constexpr std::string_view kCharacters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=$";
  return text.starts_with(kHashForm) &&
         text.find_first_not_of(kCharacters) == std::string_view::npos;
}

}  // namespace weir::hub
