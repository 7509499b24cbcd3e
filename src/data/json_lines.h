// Reading JSON lines: one object a line, blank lines passed over.
//
// With types taken from the first rows a field has the type that all of them have in common; an int
// beside a double is a float64, texts that are all times in RFC 3339 are a timestamp, anything else
// that differs is a value.
#pragma once

#include <memory>

#include "base/result.h"
#include "data/dictionary.h"
#include "data/records.h"

namespace weir::data {

// Reads the first rows. Fails where none of them is an object, and where the bytes cannot be read.
// `devices` outlives the reader.
base::Result<std::unique_ptr<RecordReader>> open_json_lines(ReadBytes read,
                                                            const RecordOptions& options,
                                                            Dictionary& devices);

}  // namespace weir::data
