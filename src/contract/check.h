// All checks of documents that need no operator code: names, parameters, rules, graph, slots,
// devices.
//
// Pure functions, thread-safe. Each mistake is told with its place and what was expected. Column
// types are not known here: the planner asks the operators for them.
#pragma once

#include <cstddef>
#include <set>
#include <tuple>

#include "contract/catalogue.h"
#include "contract/document.h"
#include "data/diagnostic.h"

namespace weir::contract {

constexpr std::size_t kMistakesMax = 1000;  // check() stops there: nobody reads on

// Attributes of devices that fit what asks for them, which is the same for each deployment of a
// pipeline: not asked again, where it is given to further checks of the same documents. Not
// thread-safe; the documents and catalogues that were checked outlive it.
class Passed {
 public:
  static constexpr std::size_t kMax = 1'000'000;  // more are asked again

  using Key = std::tuple<const Param*, const Argument*, const device::Device*>;
  bool has(const Key& key) const { return keys_.contains(key); }
  void add(const Key& key) {
    if (keys_.size() < kMax) keys_.insert(key);
  }
  std::size_t size() const { return keys_.size(); }

 private:
  std::set<Key> keys_;
};

// Everything below, for all documents: `weir check`.
void check(const Documents& documents, const Catalogue& catalogue, data::Diagnostics& diagnostics);

// One pipeline by itself, its slots left open.
void check_pipeline(const Pipeline& pipeline, const Catalogue& catalogue,
                    data::Diagnostics& diagnostics);

// One deployment of a pipeline that passed check_pipeline: every slot filled and none too many,
// values of the right type, devices that exist and give every attribute asked for. `weir run` of a
// lone pipeline makes one up.
void check_deployment(const Deployment& deployment, const Documents& documents,
                      const Catalogue& catalogue, data::Diagnostics& diagnostics, Passed& passed);
void check_deployment(const Deployment& deployment, const Documents& documents,
                      const Catalogue& catalogue, data::Diagnostics& diagnostics);

// What an input of a deployment's pipeline reads: a step's parameter `product` names a product, and
// `property` one of its streams. Devices without products may stand in for a product that is not
// there. Part of check_deployment.
void check_input(const Step& step, const Deployment& deployment, const Documents& documents,
                 data::Diagnostics& diagnostics);

// What of a deployment can be checked without operators: that the pipeline, products and devices it
// names exist. Part of check_deployment.
void check_references(const Deployment& deployment, const Documents& documents,
                      data::Diagnostics& diagnostics);

// A device against its products: bindings and attributes that they know, values of their types.
void check_device(const device::Device& device, const Documents& documents,
                  data::Diagnostics& diagnostics);

}  // namespace weir::contract
