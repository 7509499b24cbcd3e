// Weights files that are no ONNX model, told apart by their first bytes.
//
// ONNX Runtime says "Protobuf parsing failed" of them all; people download web pages and Git LFS
// pointers, and confuse formats. A pure function over a file; thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::infer {

// An error that names what the file is instead, where it is missing, empty, a folder, or one of the
// known other formats. Success says only that it may be a model.
base::Result<> check_weights(const std::string& path);

// What `head`, a file's first bytes, shows to be something else than ONNX: "a Git LFS pointer …";
// "" where nothing is known.
std::string_view recognise_other(std::string_view head);
// The same of a file that is to be a text: "" for every text but a pointer and a web page.
std::string_view recognise_no_plain_text(std::string_view head);

}  // namespace weir::infer
