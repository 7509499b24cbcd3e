// What stands in for devices, slots and attributes.
#include "cli/stand_in.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"
#include "cli/slot_fill.h"
#include "data/json.h"
#include "data/yaml.h"

namespace weir::cli {
namespace {

// How mistakes in what was given on the command line are told.
constexpr std::string_view kInputOption = "--input";

std::string in_quotes(std::string_view text) {
  std::string out;
  data::append_json_string(out, text);
  return out;
}

struct Settings {
  std::vector<Setting> slots, attributes;
};

// One line of YAML as a node.
base::Result<data::Node> read_value(const std::string& text) {
  if (text.find('\n') != std::string::npos)
    return base::fail(base::Code::invalid, "the value is more than a line");
  TRY(auto nodes, data::parse_yaml(text));
  return nodes.empty() ? data::Node() : nodes.front();
}

Settings read_settings(const std::vector<std::string>& sets, data::Diagnostics& diagnostics) {
  constexpr std::string_view kDevice = "device.";
  Settings out;
  std::set<std::string> seen;
  for (const std::string& set : sets) {
    const std::size_t equals = set.find('=');
    if (equals == std::string::npos || equals == 0) {
      diagnostics.add(kSetOption, {}, base::Code::invalid,
                      "'" + set + "' is no setting; expected slot=value or device.attribute=value");
      continue;
    }
    Setting setting{.name = set.substr(0, equals), .text = set.substr(equals + 1), .value = {}};
    if (!seen.insert(setting.name).second) {
      diagnostics.add(kSetOption, {}, base::Code::conflict, setting.name + " is set twice");
      continue;
    }
    auto value = read_value(setting.text);
    if (!value) {
      diagnostics.add(kSetOption, {}, value.error().code,
                      setting.name + ": " + value.error().message);
      continue;
    }
    setting.value = *std::move(value);
    const bool attribute = setting.name.starts_with(kDevice);
    if (attribute) setting.name.erase(0, kDevice.size());
    (attribute ? out.attributes : out.slots).push_back(std::move(setting));
  }
  return out;
}

// ---- rtsp://user:password@host:port/path ----

struct Url {
  std::string user, password, host, path;
};

std::optional<std::string> percent_decoded(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size() || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0)
      return std::nullopt;
    out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
    i += 2;
  }
  return out;
}

constexpr std::string_view kRtsp = "rtsp://";

base::Result<Url> parse_rtsp(std::string_view text) {
  const auto bad = [] {
    return base::fail(base::Code::invalid,
                      "not a camera's address; expected rtsp://[user:password@]host[:port]/path");
  };
  text.remove_prefix(kRtsp.size());
  const std::size_t slash = std::min(text.find('/'), text.size());
  std::string_view authority = text.substr(0, slash);
  Url url;
  url.path = slash < text.size() ? std::string(text.substr(slash)) : "/";
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view credentials = authority.substr(0, at);
    const std::size_t colon = std::min(credentials.find(':'), credentials.size());
    const auto user = percent_decoded(credentials.substr(0, colon));
    const auto password =
        percent_decoded(credentials.substr(std::min(colon + 1, credentials.size())));
    if (!user || !password) return bad();
    url.user = *user;
    url.password = *password;
    authority.remove_prefix(at + 1);
  }
  url.host = std::string(authority);
  if (url.host.empty()) return bad();
  return url;
}

// ---- the pipeline whose input is replaced ----

std::string argument_text(const contract::Step& step, std::string_view name) {
  const contract::Argument* argument = step.argument(name);
  return argument == nullptr ? "" : argument->value.text();
}

// A node of text that is known to be YAML.
data::Node node(const std::string& text) {
  return read_value(text).value_or(data::Node());
}

// A text where the step stands: what is wrong with it is told with that place.
contract::Argument argument(std::string name, std::string_view text, data::Position position) {
  const auto before = [](int count) { return static_cast<std::size_t>(std::max(count - 1, 0)); };
  const std::string shift =
      std::string(before(position.line), '\n') + std::string(before(position.column), ' ');
  const auto nodes = data::parse_yaml(shift + in_quotes(text));
  return {.name = std::move(name),
          .name_position = position,
          .value = nodes && !nodes->empty() ? nodes->front() : data::Node()};
}

// "name:type, …": the columns that a product's records have.
std::string columns_of(const device::Product& product) {
  std::string out;
  for (const device::Property& property : product.properties) {
    if (property.type.form != device::ValueType::Form::value) continue;
    out += (out.empty() ? "" : ", ") + property.name + ":" + property.type.name();
  }
  return out;
}

// Of a pipeline that stands alone.
contract::Deployment deployment_of(const contract::Pipeline& pipeline) {
  contract::Deployment out;
  out.name = out.pipeline = pipeline.name;
  out.file = pipeline.file;
  out.position = out.pipeline_position = pipeline.position;
  return out;
}

class InputStandIn {
 public:
  InputStandIn(contract::Documents& documents, const StandIns& options,
               const contract::Catalogue& catalogue, data::Diagnostics& diagnostics)
      : documents_(documents),
        input_(options.input),
        catalogue_(catalogue),
        diagnostics_(diagnostics) {}

  void apply(const std::vector<Setting>& attributes) {
    contract::Pipeline* const pipeline = only_pipeline();
    if (pipeline == nullptr) return;
    contract::Step* const step = only_input(*pipeline);
    if (step == nullptr) return;
    deploy(*pipeline);
    product_ = argument_text(*step, "product");
    if (product_.empty()) product_ = kInputDevice;
    device::Device device = input_device(attributes);
    add_product(*step, attributes);
    if (input_.starts_with(kRtsp)) {
      connect_camera(*step, device);
    } else if (input_.find("://") != std::string::npos) {
      complain("expected a file or an rtsp:// address, found '" + input_ + "'");
    } else {
      read_file(*step);
    }
    documents_.devices.push_back(std::move(device));
  }

 private:
  void complain(std::string message) {
    diagnostics_.add(kInputOption, {}, base::Code::conflict, std::move(message));
  }

  contract::Pipeline* only_pipeline() {
    auto& pipelines = documents_.pipelines;
    if (documents_.deployments.size() == 1) {
      const auto found = std::ranges::find(pipelines, documents_.deployments.front().pipeline,
                                           &contract::Pipeline::name);
      return found == pipelines.end() ? nullptr : &*found;
    }
    if (pipelines.size() == 1) return &pipelines.front();
    complain("stands in for the input of one pipeline; the files hold " +
             std::to_string(pipelines.size()));
    return nullptr;
  }

  contract::Step* only_input(contract::Pipeline& pipeline) {
    std::vector<contract::Step*> inputs;
    for (contract::Step& step : pipeline.steps) {
      const contract::Contract* contract = catalogue_.find(step.operator_name);
      if (contract != nullptr && contract->group == contract::Group::input) inputs.push_back(&step);
    }
    if (inputs.size() == 1) return inputs.front();
    complain("stands in for the only input of a pipeline; " + pipeline.name + " has " +
             std::to_string(inputs.size()));
    return nullptr;
  }

  // The one deployment that is meant: the files' own for this pipeline, or a new one.
  void deploy(const contract::Pipeline& pipeline) {
    if (documents_.deployments.size() != 1) {
      documents_.deployments = {deployment_of(pipeline)};
    }
    documents_.deployments.front().devices = {
        {"", {.product = {}, .devices = {std::string(kInputDevice)}, .position = {}}}};
  }

  device::Device input_device(const std::vector<Setting>& attributes) const {
    device::Device device;
    device.name = kInputDevice;
    device.file = kInputOption;
    device.products = {product_};
    for (const Setting& attribute : attributes) {
      device.attributes.push_back({attribute.name, {}, attribute.value});
    }
    return device;
  }

  void connect_camera(const contract::Step& step, device::Device& device) {
    const std::string property = argument_text(step, "property");
    if (property.empty()) {
      return complain("a camera stands in for stream_input; the pipeline begins with " +
                      step.operator_name);
    }
    const auto url = parse_rtsp(input_);
    if (!url) return complain(url.error().message);
    device.driver = "rtsp";
    device.connect = {{"host", {}, node(in_quotes(url->host))}};
    device.user = device::Secret(url->user);
    device.password = device::Secret(url->password);
    device.bind = {{property, {}, node("{path: " + in_quotes(url->path) + "}")}};
  }

  void read_file(contract::Step& step) {
    if (step.operator_name != "file_input") {
      const bool records = step.operator_name == "device_input";
      const device::Product* const product = documents_.product(product_);
      step.operator_name = "file_input";
      step.arguments.clear();
      const std::string columns = records && product != nullptr ? columns_of(*product) : "";
      if (!columns.empty()) step.arguments.push_back(argument("columns", columns, step.position));
    }
    std::erase_if(step.arguments, [](const contract::Argument& a) {
      return a.name == "path" || a.name == "device";
    });
    step.arguments.push_back(argument("path", input_, step.position));
    step.arguments.push_back(argument("device", kInputDevice, step.position));
  }

  // The product of the device, where the files have none.
  void add_product(const contract::Step& step, const std::vector<Setting>& attributes) {
    if (documents_.product(product_) != nullptr) return;
    const std::string property = argument_text(step, "property");
    std::string text = "kind: Product\nname: " + product_ + "\n";
    if (!property.empty()) text += "properties:\n  " + property + ": {type: stream}\n";
    if (!attributes.empty()) text += "attributes:\n";
    for (const Setting& attribute : attributes) {
      text += "  " + attribute.name + ": {type: " + type_of(attribute) + "}\n";
    }
    contract::read_documents(text, kInputOption, documents_, diagnostics_);
  }

  static std::string type_of(const Setting& attribute) {
    if (!attribute.value.is_scalar()) return "region";
    return std::string(attribute.value.type_name());
  }

  contract::Documents& documents_;
  const std::string& input_;
  const contract::Catalogue& catalogue_;
  data::Diagnostics& diagnostics_;
  std::string product_;
};

}  // namespace

void stand_in(contract::Documents& documents, const StandIns& options,
              const contract::Catalogue& catalogue, data::Diagnostics& diagnostics) {
  const Settings settings = read_settings(options.sets, diagnostics);
  const bool undeployed = documents.deployments.empty();
  if (!options.input.empty()) {
    InputStandIn(documents, options, catalogue, diagnostics).apply(settings.attributes);
  } else if (!settings.attributes.empty()) {
    diagnostics.add(kSetOption, {}, base::Code::conflict,
                    "device." + settings.attributes.front().name +
                        " is an attribute of the device that --input stands for, "
                        "but there is no --input");
  }
  const bool lone = documents.deployments.empty() && documents.pipelines.size() == 1;
  if (lone) documents.deployments.push_back(deployment_of(documents.pipelines.front()));
  if (documents.deployments.empty()) {
    diagnostics.add("", {}, base::Code::missing,
                    "nothing to run: expected a deployment, or a single pipeline; found " +
                        std::to_string(documents.pipelines.size()) + " pipelines");
  }
  fill_slots(documents, settings.slots, catalogue, diagnostics);
  if (undeployed) refuse_open_slots(documents, diagnostics);
}

}  // namespace weir::cli
