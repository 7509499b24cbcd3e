// Blob routes: how files reach the hub, in pieces that may be cut off at any byte.
//
//   HEAD  /api/v1/blobs/{digest}   200: Upload-Offset (bytes the hub has), Upload-Complete ?0 or ?1
//                                  404: none yet
//   PATCH /api/v1/blobs/{digest}   the bytes from Upload-Offset on, of Upload-Length in all
//                                  204: Upload-Offset, Upload-Complete, as after it
//                                  409: another Upload-Offset is expected, and said
//                                  413: more in all than is taken here
//                                  422: all is there and is not what the digest says; begin anew
//
// Header fields after draft-ietf-httpbis-resumable-upload. Handlers are thread-safe as the store
// is, which outlives the routes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http.h"
#include "store/blobs.h"

namespace weir::link {

inline constexpr std::size_t kPatchBytesMax = std::size_t{8} << 20;
inline constexpr std::uint64_t kBlobBytesMax = std::uint64_t{1} << 30;  // where nobody says less

// Whether the one who asks may upload; an error becomes 401.
using Authorize = std::function<base::Result<>(const net::Request&)>;

// For blobs of at most `bytes_max`.
std::vector<net::Route> blob_routes(store::Blobs& blobs, Authorize authorize,
                                    std::uint64_t bytes_max = kBlobBytesMax);

// Authorization of the scheme Basic (RFC 7617). Errors of read: refused.
struct Credentials {
  std::string user, password;
};
std::string write_basic(const Credentials& credentials);
base::Result<Credentials> read_basic(const net::Request& request);

}  // namespace weir::link
