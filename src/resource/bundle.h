// Bundle: what `weir apply` sends for YAML files on disk: one text, and the files of the models it
// names.
//
// In a file, a Deployment names its models by folders relative to that file:
// `models: {intrusion: models/intrusion}`. The bundle holds the files as they are written, each
// behind a line `#%weir file NAME`, so that every message of the server tells file, line and column
// of what the person wrote; behind them it holds a document of kind Model for each folder, named as
// the folder, whose key `folder` ties it to the deployments. What is no folder is left to the
// server, as the name of a model kept there.
//
// A value. Making one is a pure function over files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/diagnostic.h"

namespace weir::resource {

constexpr std::size_t kModelFileBytesMax = std::size_t{1} << 30;

// A file that must be a blob at the server before the text is applied.
struct Upload {
  std::string path;    // on disk
  std::string digest;  // "sha256:…"
  std::uint64_t bytes = 0;
};

struct Bundle {
  std::string text = {};                        // the body of POST /api/v1/apply
  std::vector<Upload> uploads = {};             // each digest once
  std::vector<std::string> model_folders = {};  // whose files they are
};

// Mistakes are added: files that cannot be read, documents that are malformed, folders that are no
// models. With any of them the bundle is not to be sent.
Bundle make_bundle(std::span<const std::string> files, data::Diagnostics& diagnostics);

}  // namespace weir::resource
