// Graph: a pipeline's steps connected, port to port.
//
// A value; contracts belong to the catalogue.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "contract/catalogue.h"
#include "contract/document.h"
#include "data/diagnostic.h"

namespace weir::contract {

struct Edge {
  std::size_t from = 0, output = 0;  // a step and its output port
  std::size_t to = 0, input = 0;     // a step and its input port
  data::Position position = {};
};

struct Graph {
  std::vector<const Contract*> contracts;  // of each step
  std::vector<Edge> edges;         // by `to`, then `input`: exactly one leads to each input port
  std::vector<std::size_t> order;  // the steps, each after all that it reads
};

// Adds: unknown operators, steps and ports, ids given twice, input ports that nothing feeds,
// cycles. nullopt where there is any.
std::optional<Graph> connect(const Pipeline& pipeline, const Catalogue& catalogue,
                             data::Diagnostics& diagnostics);

}  // namespace weir::contract
