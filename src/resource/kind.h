// Kinds of resources, and what they are called in documents and in routes.
//
// Constants, thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::resource {

enum class Kind : std::uint8_t { product, device, pipeline, deployment, model };

struct KindName {
  Kind kind;
  std::string_view name;    // in documents and in the store
  std::string_view plural;  // in routes and on the command line
};

// In the order in which documents use each other: a kind uses only those before it, but for
// deployments, which use models.
inline constexpr std::array<KindName, 5> kKinds = {{{Kind::product, "Product", "products"},
                                                    {Kind::device, "Device", "devices"},
                                                    {Kind::pipeline, "Pipeline", "pipelines"},
                                                    {Kind::deployment, "Deployment", "deployments"},
                                                    {Kind::model, "Model", "models"}}};

std::string_view name(Kind kind);
std::string_view plural(Kind kind);
std::optional<Kind> parse_kind(std::string_view name);  // as in documents
// As people write it on the command line: device, devices, Device.
std::optional<Kind> parse_kind_argument(std::string_view word);

}  // namespace weir::resource
