// Reading a text that is applied.
#include "resource/draft.h"

#include <algorithm>
#include <utility>

#include "data/yaml.h"
#include "resource/model.h"
#include "resource/resources.h"
#include "resource/spec.h"
#include "resource/text_parts.h"

namespace weir::resource {

using base::Code;
using data::Diagnostics;
using data::Node;

namespace {

constexpr std::string_view kKept = " as kept";

class DraftReader {
 public:
  explicit DraftReader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void read(const TextPart& part);
  Drafts take() { return std::move(drafts_); }

 private:
  void read_document(const Node& node, const std::string& file);
  void add_draft(const Node& node, Kind kind, const std::string& file);
  void check_credentials(const Node& device, const std::string& file);
  void check_addresses(const Node& node, const std::string& name, const std::string& file);
  void check_version(const Node& node, const std::string& file);
  void check_reads_back(const Draft& draft, const Node& node, const std::string& file);
  void fail(const std::string& file, const Node& node, Code code, std::string message) {
    diagnostics_.add(file, node.position(), code, std::move(message));
  }

  Diagnostics& diagnostics_;
  Drafts drafts_;
  std::size_t bytes_ = 0;
};

void DraftReader::read(const TextPart& part) {
  for (const Node& node : data::parse_yaml(part.text, part.file, diagnostics_)) {
    if (node.type_name() == "null") continue;
    bytes_ += expanded_bytes(node);
    if (bytes_ > kExpandedBytesMax) {
      return fail(part.file, node, Code::limit,
                  "documents of more than " + std::to_string(kExpandedBytesMax) +
                      " bytes, aliases followed, expected smaller ones");
    }
    read_document(node, part.file);
  }
}

void DraftReader::read_document(const Node& node, const std::string& file) {
  const std::size_t before = diagnostics_.size();
  contract::read_document(node, file, drafts_.documents, diagnostics_);
  if (diagnostics_.size() > before) return;
  const auto kind = parse_kind(node.find("kind")->text());
  if (!kind) return fail(file, node, Code::not_yet, "a document of a kind that is not kept");
  if (kind == Kind::model) check_version(node, file);
  if (kind == Kind::device) check_credentials(node, file);
  add_draft(node, *kind, file);
}

void DraftReader::add_draft(const Node& node, Kind kind, const std::string& file) {
  auto spec = spec_of(node, kind);
  if (!spec) return fail(file, node, spec.error().code, spec.error().message);
  Draft draft{.kind = kind, .name = node.find("name")->text(), .spec = *std::move(spec)};
  if (kind == Kind::device) {
    const device::Device& device = drafts_.documents.devices.back();
    draft.user = device.user;
    draft.password = device.password;
  }
  check_reads_back(draft, node, file);
  drafts_.items.push_back(std::move(draft));
}

// `user:password@host` would be kept, and shown, as it is.
void DraftReader::check_credentials(const Node& device, const std::string& file) {
  if (const Node* connect = device.find("connect")) {
    for (const data::YamlMember& member : connect->members()) {
      if (member.key == "user" || member.key == "password") continue;
      check_addresses(member.value, "'" + member.key + "' of 'connect'", file);
    }
  }
  if (const Node* bind = device.find("bind")) {
    for (const data::YamlMember& member : bind->members()) {
      check_addresses(member.value, "'" + member.key + "' of 'bind'", file);
    }
  }
}

void DraftReader::check_addresses(const Node& node, const std::string& name,
                                  const std::string& file) {
  for (const Node& item : node.items()) check_addresses(item, name, file);
  for (const data::YamlMember& member : node.members()) {
    check_addresses(member.value, name, file);
  }
  const std::string& text = node.text();
  const std::size_t at = text.find('@');
  std::size_t begin = text.find("://");
  begin = begin == text.npos ? 0 : begin + 3;
  if (at == text.npos || at < begin || text.find(':', begin) > at) return;
  fail(file, node, Code::invalid,
       name + " holds credentials, expected them as 'user' and 'password' of 'connect'");
}

void DraftReader::check_version(const Node& node, const std::string& file) {
  const contract::ModelVersion& model = drafts_.documents.models.back();
  if (!model.files.contains(std::string(kModelDescription))) {
    fail(file, *node.find("files"), Code::missing,
         "model '" + model.name + "' has no file " + std::string(kModelDescription) +
             ", which says how columns become tensors");
  }
  if (model.version == version_digest(model.files)) return;
  fail(file, *node.find("version"), Code::conflict,
       "the version of model '" + model.name + "' is not the digest of its files, expected " +
           version_digest(model.files));
}

// What YAML can say in one way only (a key of 2,000 bytes) is refused now, not lost later.
void DraftReader::check_reads_back(const Draft& draft, const Node& node, const std::string& file) {
  contract::Documents documents;
  Diagnostics mistakes;
  read_kept(draft.kind, draft.name, write_spec(draft.spec), documents, mistakes);
  if (mistakes.empty()) return;
  fail(file, node, Code::invalid,
       "the document cannot be kept: " + mistakes.items().front().message);
}

}  // namespace

Drafts read_drafts(std::string_view text, std::string_view file, Diagnostics& diagnostics) {
  if (text.size() > kApplyBytesMax) {
    diagnostics.add("", {}, Code::limit,
                    "a text of " + std::to_string(text.size()) + " bytes, expected at most " +
                        std::to_string(kApplyBytesMax));
    return {};
  }
  const auto parts = split_parts(text, file);
  if (!parts) {
    diagnostics.add("", {}, parts.error().code, parts.error().message);
    return {};
  }
  DraftReader reader(diagnostics);
  for (const TextPart& part : *parts) reader.read(part);
  Drafts drafts = reader.take();
  if (drafts.items.empty() && diagnostics.empty()) {
    diagnostics.add(file, {}, Code::missing, "there is no document, expected at least one");
  }
  return drafts;
}

std::string kept_file(Kind kind, std::string_view name) {
  return std::string(resource::name(kind)) + " '" + std::string(name) + "'" + std::string(kKept);
}

bool is_kept_file(std::string_view file) {
  return file.ends_with(kKept);
}

void read_kept(Kind kind, std::string_view name, std::string_view spec,
               contract::Documents& documents, Diagnostics& diagnostics) {
  contract::read_documents(spec, kept_file(kind, name), documents, diagnostics);
}

}  // namespace weir::resource
