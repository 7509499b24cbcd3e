// weir: the command line.
#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/verbs.h"

namespace {

// Options that hold a duration, such as 30s.
CLI::Option* add_duration(CLI::App& app, const std::string& name, std::int64_t& ns,
                          const std::string& text) {
  const auto read = [&ns](const std::string& value) {
    ns = weir::base::parse_duration_ns(value).value_or(0);
  };
  const auto mistake = [](const std::string& value) {
    const auto parsed = weir::base::parse_duration_ns(value);
    return parsed ? std::string() : parsed.error().message;
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

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Weir runs AI applications on cameras and sensors.", "weir");
  app.require_subcommand(1);

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

  CLI11_PARSE(app, argc, argv);
  if (run_verb->parsed()) return weir::cli::run(run);
  if (check_verb->parsed()) return weir::cli::check(files);
  if (operators_verb->parsed()) return weir::cli::operators(operators);
  return weir::cli::eval(expression, row);
}
