// BrokerFiles: mosquitto's configuration, access list and passwords, in a folder of their own.
//
// Files are 0600 and replaced whole, so that the broker reads the old one or the new one, also
// after a power cut. A value of one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::hub {

// Of mosquitto's configuration (mosquitto.conf(5)).
inline constexpr std::size_t kBrokerQueuedMessagesMax = 1'000;  // of one client that is slow
inline constexpr std::size_t kBrokerQueuedBytesMax = std::size_t{64} << 20;

// User and, as hash_broker_password makes it, hash of the password.
using BrokerPasswords = std::map<std::string, std::string, std::less<>>;

class BrokerFiles {
 public:
  // Makes the folder. Errors: invalid (its path), io.
  static base::Result<BrokerFiles> make(std::string folder);

  std::string configuration() const { return folder_ + "/mosquitto.conf"; }

  // What does not change while the broker runs. `hub` is the hub's user. Errors: io.
  base::Result<> write_rules(std::uint16_t port, std::string_view hub) const;
  base::Result<> write_passwords(const BrokerPasswords& passwords) const;

 private:
  explicit BrokerFiles(std::string folder) : folder_(std::move(folder)) {}
  std::string folder_;
};

// As mosquitto_passwd(1) writes it, "$7$": PBKDF2 with HMAC-SHA512 (RFC 8018, 5.2) and a salt from
// the system's randomness.
std::string hash_broker_password(std::string_view password);
bool is_broker_password_hash(std::string_view text);

}  // namespace weir::hub
