// Specs: documents as they are kept, JSON that reads back as the same document.
//
// What is text in a document stays as it is written (`version: 1.10`, `name: 007`); values of
// parameters, settings and slots are typed by YAML's rules, so that 0x10 and 16 are the same.
// Pure functions, thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "data/value.h"
#include "data/yaml.h"
#include "resource/kind.h"

namespace weir::resource {

// Text of all scalars of the nodes, aliases followed: what a document becomes when it is written
// out. Small texts can stand for gigabytes.
std::size_t expanded_bytes(const data::Node& node);

// The document without the credentials of a device and without the `folder` of a model. Errors, for
// the document as a whole: what JSON has no form for.
base::Result<data::Value> spec_of(const data::Node& document, Kind kind);

// The map with a member set, added at its end where it is not there.
data::Value with_member(const data::Value& map, std::string_view key, data::Value value);

std::string write_spec(const data::Value& spec);
// Keys in order of their bytes: equal for specs that only look different.
std::string canonical(const data::Value& spec);

}  // namespace weir::resource
