// Names of error codes.
#include "base/result.h"

#include <system_error>

namespace weir::base {

std::string_view name(Code code) {
  switch (code) {
    case Code::invalid: return "invalid";
    case Code::unknown_name: return "unknown_name";
    case Code::wrong_type: return "wrong_type";
    case Code::conflict: return "conflict";
    case Code::missing: return "missing";
    case Code::not_yet: return "not_yet";
    case Code::schema: return "schema";
    case Code::model: return "model";
    case Code::overflow: return "overflow";
    case Code::division: return "division";
    case Code::range: return "range";
    case Code::no_such_key: return "no_such_key";
    case Code::corrupt: return "corrupt";
    case Code::limit: return "limit";
    case Code::device: return "device";
    case Code::refused: return "refused";
    case Code::network: return "network";
    case Code::timeout: return "timeout";
    case Code::ended: return "ended";
    case Code::io: return "io";
    case Code::bug: return "bug";
  }
  return "unknown";
}

std::string errno_text(int number) {
  return std::generic_category().message(number);
}

}  // namespace weir::base
