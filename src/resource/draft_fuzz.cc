// Any text is read as one that is applied; what is taken reads back as itself, without secrets.
#include "resource/draft.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "data/json.h"
#include "data/yaml.h"
#include "resource/spec.h"

namespace resource = weir::resource;
namespace data = weir::data;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  data::Diagnostics mistakes;
  const resource::Drafts drafts = resource::read_drafts(text, "in.yaml", mistakes);
  (void)mistakes.text();
  if (!mistakes.empty()) return 0;
  for (const resource::Draft& draft : drafts.items) {
    const std::string spec = resource::write_spec(draft.spec);
    const auto value = data::parse_json(spec);
    CHECK(value.has_value());
    const auto nodes = data::parse_yaml(spec);
    CHECK(nodes.has_value() && nodes->size() == 1);
    const auto again = resource::spec_of(nodes->front(), draft.kind);
    CHECK(again.has_value());
    CHECK(resource::canonical(*again) == resource::canonical(draft.spec));
    CHECK(resource::canonical(*value) == resource::canonical(draft.spec));
    const data::Value* connect = draft.spec.find("connect");
    CHECK(connect == nullptr || connect->find("password") == nullptr);
  }
  return 0;
}
