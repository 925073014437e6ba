// Every verb: a new one is a file of its own, two lines here and its name in CMakeLists.txt.
#include "cli/cli.hpp"

namespace btx {

void add_run(CLI::App& app, CommandLine& line);
void add_sweep(CLI::App& app, CommandLine& line);
void add_compare(CLI::App& app, CommandLine& line);
void add_runs(CLI::App& app, CommandLine& line);
void add_fetch(CLI::App& app, CommandLine& line);
void add_plan(CLI::App& app, CommandLine& line);
void add_validate(CLI::App& app, CommandLine& line);
void add_config(CLI::App& app, CommandLine& line);
void add_stage(CLI::App& app, CommandLine& line);
void add_plugin(CLI::App& app, CommandLine& line);
void add_eval(CLI::App& app, CommandLine& line);
void add_export(CLI::App& app, CommandLine& line);
void add_generate(CLI::App& app, CommandLine& line);
void add_inspect(CLI::App& app, CommandLine& line);
void add_bench(CLI::App& app, CommandLine& line);
void add_data(CLI::App& app, CommandLine& line);
void add_tokenizer(CLI::App& app, CommandLine& line);
void add_version(CLI::App& app, CommandLine& line);

void add_verbs(CLI::App& app, CommandLine& line) {
  add_run(app, line);
  add_sweep(app, line);
  add_compare(app, line);
  add_runs(app, line);
  add_fetch(app, line);
  add_plan(app, line);
  add_validate(app, line);
  add_config(app, line);
  add_stage(app, line);
  add_plugin(app, line);
  add_eval(app, line);
  add_export(app, line);
  add_generate(app, line);
  add_inspect(app, line);
  add_bench(app, line);
  add_data(app, line);
  add_tokenizer(app, line);
  add_version(app, line);
}

}  // namespace btx
