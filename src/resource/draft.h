// Drafts: the documents of a text that is applied, read by themselves, before what is kept is
// asked.
//
// Values, not thread-safe. A draft holds its secret until it is sealed or dropped.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "contract/document.h"
#include "data/diagnostic.h"
#include "data/value.h"
#include "device/device.h"
#include "resource/kind.h"

namespace weir::resource {

// Text of all documents written out, aliases followed.
constexpr std::size_t kExpandedBytesMax = 4 * 1024 * 1024;

struct Draft {
  Kind kind = Kind::product;
  std::string name = {};
  data::Value spec = {};  // a map, without secrets
  device::Secret user = {}, password = {};
};

struct Drafts {
  std::vector<Draft> items = {};       // in the order written
  contract::Documents documents = {};  // the same, with the places of the text
};

// Mistakes are added: with any, the drafts are not to be used.
Drafts read_drafts(std::string_view text, std::string_view file, data::Diagnostics& diagnostics);

// What messages call the file of a document that was kept before, and whether a file is one.
std::string kept_file(Kind kind, std::string_view name);
bool is_kept_file(std::string_view file);

// Reads a spec that is kept; `documents` gets it, as one of kept_file().
void read_kept(Kind kind, std::string_view name, std::string_view spec,
               contract::Documents& documents, data::Diagnostics& diagnostics);

}  // namespace weir::resource
