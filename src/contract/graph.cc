// Connecting a pipeline's steps.
#include "contract/graph.h"

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "data/yaml_map.h"

namespace weir::contract {

using base::Code;
using data::Diagnostics;

namespace {

std::optional<std::size_t> find_port(std::span<const Port> ports, std::string_view name) {
  const auto found = std::ranges::find(ports, name, &Port::name);
  if (found == ports.end()) return std::nullopt;
  return static_cast<std::size_t>(found - ports.begin());
}

std::string port_names(std::span<const Port> ports) {
  std::vector<std::string_view> names;
  for (const Port& port : ports) names.push_back(port.name);
  return data::alternatives(names);
}

std::string nearest_port(std::string_view name, std::span<const Port> ports) {
  std::vector<std::string_view> names;
  for (const Port& port : ports) names.push_back(port.name);
  return data::suggestion(name, names);
}

class Connector {
 public:
  Connector(const Pipeline& pipeline, const Catalogue& catalogue, Diagnostics& diagnostics)
      : pipeline_(pipeline),
        catalogue_(catalogue),
        diagnostics_(diagnostics),
        before_(diagnostics.size()) {}

  std::optional<Graph> connect() {
    find_contracts();
    index_ids();
    for (std::size_t i = 0; i < pipeline_.steps.size(); ++i) {
      if (graph_.contracts[i] != nullptr) feed(i);
    }
    if (diagnostics_.size() > before_) return std::nullopt;
    std::ranges::sort(graph_.edges, {},
                      [](const Edge& edge) { return std::pair(edge.to, edge.input); });
    sort_steps();
    if (diagnostics_.size() > before_) return std::nullopt;
    return std::move(graph_);
  }

 private:
  void fail(data::Position position, Code code, std::string message) {
    diagnostics_.add(pipeline_.file, position, code, std::move(message));
  }

  void find_contracts();
  void index_ids();
  void feed(std::size_t to);
  void feed_from_before(std::size_t to);
  void feed_from(std::size_t to, const std::vector<Feed>& feeds);
  std::optional<std::size_t> input_of(std::size_t to, const Feed& feed, std::size_t nth);
  void add_edge(std::size_t to, std::size_t input, const Feed& feed);
  void sort_steps();
  void report_cycle(const std::vector<std::size_t>& waiting);

  const Pipeline& pipeline_;
  const Catalogue& catalogue_;
  Diagnostics& diagnostics_;
  std::size_t before_;
  Graph graph_;
  std::map<std::string_view, std::size_t> ids_;
};

void Connector::find_contracts() {
  for (const Step& step : pipeline_.steps) {
    const Contract* contract = catalogue_.find(step.operator_name);
    graph_.contracts.push_back(contract);
    if (contract != nullptr) continue;
    fail(step.position, Code::unknown_name, catalogue_.unknown(step.operator_name));
  }
}

void Connector::index_ids() {
  for (std::size_t i = 0; i < pipeline_.steps.size(); ++i) {
    const Step& step = pipeline_.steps[i];
    const auto [first, inserted] = ids_.emplace(step.id, i);
    if (inserted) continue;
    fail(step.position, Code::conflict,
         "id '" + step.id + "' is given twice, first in line " +
             std::to_string(pipeline_.steps[first->second].position.line));
  }
}

void Connector::feed(std::size_t to) {
  const Step& step = pipeline_.steps[to];
  const Contract& contract = *graph_.contracts[to];
  if (contract.inputs.empty()) {
    if (step.from && !step.from->empty()) {
      fail(step.from->front().position, Code::conflict,
           "'" + step.operator_name + "' is an input and reads no step, expected no 'from'");
    }
    return;
  }
  const std::size_t mistakes = diagnostics_.size();
  if (step.from) {
    feed_from(to, *step.from);
  } else {
    feed_from_before(to);
  }
  // Where a name is wrong, what it would have fed is not known.
  const bool known = std::ranges::find(graph_.contracts, nullptr) == graph_.contracts.end();
  if (!known || diagnostics_.size() > mistakes) return;
  for (std::size_t input = 0; input < contract.inputs.size(); ++input) {
    const bool fed = std::ranges::any_of(
        graph_.edges, [&](const Edge& edge) { return edge.to == to && edge.input == input; });
    if (fed) continue;
    fail(step.position, Code::missing,
         "nothing feeds input port '" + std::string(contract.inputs[input].name) + "' of step '" +
             step.id + "', expected 'from' to name a step for it");
  }
}

void Connector::feed_from_before(std::size_t to) {
  const Step& step = pipeline_.steps[to];
  if (to == 0) {
    return fail(step.position, Code::missing,
                "'" + step.operator_name +
                    "' reads the step before it and there is none, expected an input first, such "
                    "as stream_input or file_input");
  }
  add_edge(to, 0, {.step = pipeline_.steps[to - 1].id, .position = step.position});
}

void Connector::feed_from(std::size_t to, const std::vector<Feed>& feeds) {
  for (std::size_t i = 0; i < feeds.size(); ++i) {
    if (const auto input = input_of(to, feeds[i], i)) add_edge(to, *input, feeds[i]);
  }
}

std::optional<std::size_t> Connector::input_of(std::size_t to, const Feed& feed, std::size_t nth) {
  const Contract& contract = *graph_.contracts[to];
  if (feed.input.empty()) {
    if (nth < contract.inputs.size()) return nth;
    fail(feed.position, Code::conflict,
         "'" + std::string(contract.name) + "' has " + std::to_string(contract.inputs.size()) +
             " input ports (" + port_names(contract.inputs) +
             "), expected no more steps in 'from'");
    return std::nullopt;
  }
  const auto input = find_port(contract.inputs, feed.input);
  if (!input) {
    fail(feed.position, Code::unknown_name,
         "'" + std::string(contract.name) + "' has no input port '" + feed.input + "'" +
             nearest_port(feed.input, contract.inputs) + ", expected " +
             port_names(contract.inputs));
  }
  return input;
}

void Connector::add_edge(std::size_t to, std::size_t input, const Feed& feed) {
  const auto from = ids_.find(feed.step);
  if (from == ids_.end()) {
    std::vector<std::string_view> known;
    for (const Step& step : pipeline_.steps) known.push_back(step.id);
    return fail(feed.position, Code::unknown_name,
                "unknown step '" + feed.step + "'" + data::suggestion(feed.step, known) +
                    ", expected the id of a step of this pipeline");
  }
  const Contract* contract = graph_.contracts[from->second];
  if (contract == nullptr) return;
  if (contract->outputs.empty()) {
    return fail(feed.position, Code::conflict,
                "step '" + pipeline_.steps[to].id + "' reads step '" + feed.step +
                    "', which hands nothing on, expected a step with an output port");
  }
  const auto output = feed.output.empty() ? std::optional<std::size_t>(0)
                                          : find_port(contract->outputs, feed.output);
  if (!output) {
    return fail(feed.position, Code::unknown_name,
                "step '" + feed.step + "' has no output port '" + feed.output + "'" +
                    nearest_port(feed.output, contract->outputs) + ", expected " +
                    port_names(contract->outputs));
  }
  graph_.edges.push_back({from->second, *output, to, input, feed.position});
}

// Kahn's algorithm, first in, first out: inputs come first, in the order written.
void Connector::sort_steps() {
  std::vector<std::size_t> waiting(pipeline_.steps.size());
  for (const Edge& edge : graph_.edges) ++waiting[edge.to];
  std::vector<std::size_t>& order = graph_.order;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    if (waiting[i] == 0) order.push_back(i);
  }
  for (std::size_t next = 0; next < order.size(); ++next) {
    for (const Edge& edge : graph_.edges) {
      if (edge.from == order[next] && --waiting[edge.to] == 0) order.push_back(edge.to);
    }
  }
  if (order.size() < waiting.size()) report_cycle(waiting);
}

// From any waiting step, going back along what it waits for leads into a cycle.
void Connector::report_cycle(const std::vector<std::size_t>& waiting) {
  const auto waits = [&](std::size_t step) { return waiting[step] > 0; };
  const auto before = [&](std::size_t step) {
    const auto edge = std::ranges::find_if(
        graph_.edges, [&](const Edge& e) { return e.to == step && waits(e.from); });
    return edge->from;
  };
  std::size_t step = 0;
  while (!waits(step)) ++step;
  for (std::size_t i = 0; i < waiting.size(); ++i) step = before(step);
  std::string path = pipeline_.steps[step].id;
  for (std::size_t at = before(step); at != step; at = before(at)) {
    path = pipeline_.steps[at].id + " → " + path;
  }
  path = pipeline_.steps[step].id + " → " + path;
  fail(pipeline_.steps[step].position, Code::conflict,
       "the steps " + path + " form a cycle, expected each to read only steps that do not read it");
}

}  // namespace

std::optional<Graph> connect(const Pipeline& pipeline, const Catalogue& catalogue,
                             Diagnostics& diagnostics) {
  return Connector(pipeline, catalogue, diagnostics).connect();
}

}  // namespace weir::contract
