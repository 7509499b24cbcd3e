// weir: the command line.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/exit_code.h"
#include "base/text.h"
#include "base/version.h"
#include "cli/output.h"
#include "cli/remote.h"
#include "cli/verbs.h"

namespace {

// Options that hold a duration above 0, such as 30s.
CLI::Option* add_duration(CLI::App& app, const std::string& name, std::int64_t& ns,
                          const std::string& text) {
  const auto read = [&ns](const std::string& value) {
    ns = weir::base::parse_duration_ns(value).value_or(0);
  };
  const auto mistake = [](const std::string& value) {
    const auto parsed = weir::base::parse_duration_ns(value);
    if (!parsed) return parsed.error().message;
    return *parsed > 0 ? std::string() : "'" + value + "' is no time, expected one above 0";
  };
  return app.add_option_function<std::string>(name, read, text)
      ->check(CLI::Validator(mistake, "DURATION"));
}

void add_run(CLI::App& app, weir::cli::RunOptions& options) {
  app.add_option("FILE", options.files,
                 "YAML files: deployments and what they name, or a lone pipeline")
      ->required();
  app.add_option("--input", options.stand_ins.input,
                 "a video, CSV or JSON lines file, or an rtsp:// camera, in the place of "
                 "the pipeline's only input");
  app.add_option("--set", options.stand_ins.sets,
                 "slot=value fills a slot; device.NAME=value gives an attribute to the input")
      ->allow_extra_args(false);
  app.add_option("--output", options.output,
                 "write the records that no step reads to this file, as JSON lines; - is "
                 "standard output");
  app.add_option("--alerts", options.alerts, "folder for the pictures of alerts")
      ->capture_default_str();
  app.add_option("--metrics", options.metrics, "write the final counters to this file, as JSON");
  app.add_option("--workers", options.workers, "threads; 0 is one a core")
      ->capture_default_str()
      ->check(CLI::Range(0, 256));
  app.add_flag("--quiet", options.quiet, "print no table of counters at the end");
  add_duration(app, "--max-time", options.max_time_ns, "stop after this long, such as 30s");
}

void add_server(CLI::App& app, std::string& server) {
  app.add_option("--server", server,
                 "URL of a node or hub; else WEIR_SERVER, or the one on this machine");
}

// Verbs that talk to a node or hub; each sets `code` when it runs.
struct RemoteVerbs {
  weir::cli::ApplyOptions apply;
  weir::cli::ResourceOptions get, describe, remove;
  weir::cli::LogsOptions logs;
  weir::cli::TopOptions top;
  weir::cli::NodeOptions node;
  int code = 0;

  void add_to(CLI::App& app);

 private:
  void add_resource_verb(CLI::App& app, const std::string& name, const std::string& text,
                         weir::cli::ResourceOptions& options,
                         int (*run)(const weir::cli::ResourceOptions&));
  void add_node_verbs(CLI::App& app);
};

void RemoteVerbs::add_resource_verb(CLI::App& app, const std::string& name, const std::string& text,
                                    weir::cli::ResourceOptions& options,
                                    int (*run)(const weir::cli::ResourceOptions&)) {
  CLI::App* const verb = app.add_subcommand(name, text);
  verb->add_option("KIND", options.kind,
                   "products, devices, pipelines, deployments, models; on a hub nodes, too")
      ->required();
  CLI::Option* const of = verb->add_option("NAME", options.name, "of one resource");
  if (name == "get") {
    verb->add_flag_callback(
        "--json", [&options] { options.form = weir::cli::Form::json; }, "as JSON");
  } else {
    of->required();
  }
  add_server(*verb, options.server);
  verb->callback([this, &options, run] { code = run(options); });
}

void RemoteVerbs::add_node_verbs(CLI::App& app) {
  CLI::App* const verb = app.add_subcommand("node", "The edge nodes that a hub knows.");
  verb->require_subcommand(1);
  CLI::App* const add =
      verb->add_subcommand("add", "Make a node known, and print the node.yaml it needs.");
  CLI::App* const list = verb->add_subcommand("list", "List the nodes.");
  CLI::App* const remove = verb->add_subcommand("delete", "Forget a node.");
  for (CLI::App* const each : {add, remove})
    each->add_option("NAME", node.name, "of the node")->required();
  for (CLI::App* const each : {add, list, remove}) add_server(*each, node.server);
  add->callback([this] { code = weir::cli::node_add(node); });
  list->callback([this] { code = weir::cli::node_list(node); });
  remove->callback([this] { code = weir::cli::node_delete(node); });
}

void RemoteVerbs::add_to(CLI::App& app) {
  CLI::App* const apply_verb =
      app.add_subcommand("apply", "Bring documents and their models to a node or hub.");
  apply_verb->add_option("-f,--file,FILE", apply.files, "YAML files")->required();
  apply_verb->add_flag("--dry-run", apply.dry_run, "check, say what would change, keep nothing");
  add_server(*apply_verb, apply.server);
  apply_verb->callback([this] { code = weir::cli::apply(apply); });

  add_resource_verb(app, "get", "List resources, or show one.", get, weir::cli::get);
  add_resource_verb(app, "describe", "Show all of a resource, and how it is doing.", describe,
                    weir::cli::describe);
  add_resource_verb(app, "delete", "Delete a resource.", remove, weir::cli::remove);

  CLI::App* const logs_verb = app.add_subcommand("logs", "Print the newest log lines.");
  logs_verb->add_flag("-f,--follow", logs.follow, "and those that come, until Ctrl-C");
  add_server(*logs_verb, logs.server);
  logs_verb->callback([this] { code = weir::cli::logs(logs); });

  CLI::App* const top_verb =
      app.add_subcommand("top", "What a node's cameras, deployments and uplink do now.");
  top_verb->add_flag("--once", top.once, "print it once");
  add_server(*top_verb, top.server);
  top_verb->callback([this] { code = weir::cli::top(top); });

  add_node_verbs(app);
}

// The arguments with a blank before an expression of `weir eval` that begins with a minus, which
// would be taken for an option.
std::vector<std::string> arguments_of(int argc, char** argv) {
  constexpr std::string_view kOptions[] = {"--", "--row", "-h", "--help"};
  std::vector<std::string> out(argv + 1, argv + argc);
  if (out.empty() || out.front() != "eval") return out;
  for (std::size_t i = 1; i < out.size() && out[i] != "--"; ++i) {
    const bool option = std::ranges::find(kOptions, out[i]) != std::end(kOptions) ||
                        out[i].starts_with("--row=") || out[i - 1] == "--row";
    if (out[i].starts_with('-') && !option) out[i].insert(0, 1, ' ');
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Weir runs AI applications on cameras and sensors.", "weir");
  app.require_subcommand(0, 1);
  app.set_version_flag("--version", std::string(weir::base::kVersion));

  weir::cli::RunOptions run;
  CLI::App* const run_verb =
      app.add_subcommand("run", "Run pipelines until their input ends, or a signal comes.");
  add_run(*run_verb, run);

  std::vector<std::string> files;
  CLI::App* const check_verb = app.add_subcommand("check", "Check documents without running them.");
  check_verb->add_option("FILE", files, "YAML files")->required();

  weir::cli::OperatorsOptions operators;
  CLI::App* const operators_verb =
      app.add_subcommand("operators", "List the operators, or explain one.");
  operators_verb->add_option("NAME", operators.name, "an operator");
  operators_verb->add_flag("--json", operators.json, "as JSON");
  operators_verb->add_flag("--schema", operators.schema,
                           "the JSON schema of a pipeline file, for editors");
  operators_verb->add_option("--docs", operators.docs,
                             "write the reference pages into this folder");

  std::string expression, row;
  CLI::App* const eval_verb = app.add_subcommand("eval", "Evaluate a CEL expression.");
  eval_verb->add_option("EXPR", expression, "the expression")->required();
  eval_verb->add_option("--row", row, "its variables, as a JSON object");

  RemoteVerbs remote;
  remote.add_to(app);

  try {
    std::vector<std::string> arguments = arguments_of(argc, argv);
    std::ranges::reverse(arguments);  // as CLI11 wants them
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& mistake) {
    return app.exit(mistake) == 0 ? 0 : weir::base::kMisused;
  }
  if (app.get_subcommands().empty()) {
    weir::cli::complain(app.help());
    return weir::base::kMisused;
  }
  if (run_verb->parsed()) return weir::cli::run(run);
  if (check_verb->parsed()) return weir::cli::check(files);
  if (operators_verb->parsed()) return weir::cli::operators(operators);
  if (eval_verb->parsed()) {
    if (expression.starts_with(" -")) expression.erase(0, 1);  // what arguments_of put there
    return weir::cli::eval(expression, row);
  }
  return remote.code;
}
