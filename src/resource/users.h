// Who uses a resource.
//
// Pure functions, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "contract/document.h"
#include "data/value.h"
#include "resource/kind.h"
#include "resource/state.h"

namespace weir::resource {

constexpr std::size_t kUsersShownMax = 10;  // in a message

// "Device 'a', Device 'b' and Deployment 'c'"; "" where nobody does.
std::string users_of(Kind kind, std::string_view name, const contract::Documents& documents);

// The deployments that a model's version, `name@digest`, is for.
std::vector<std::string> deployments_of(std::string_view version,
                                        const contract::Documents& documents);

// The deployments of `merged` to which such changes of `kept` mean something: they would be started
// anew.
std::vector<std::string> touched_by(const std::vector<Change>& changes,
                                    const contract::Documents& merged,
                                    const contract::Documents& kept);

// The version that was newest longest ago, of those that are not the newest of their model and that
// no deployment names.
std::optional<Dropped> oldest_unused(const State& state);

// A deployment's spec with its models named as they were resolved.
data::Value with_models(const data::Value& spec, const contract::Deployment& deployment);

std::unexpected<base::Error> unknown_resource(Kind kind, std::string_view name, const State& state);

}  // namespace weir::resource
