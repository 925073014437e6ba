// Every verb: a new one is a file of its own, two lines here and its name in CMakeLists.txt.
#include "cli/cli.hpp"

namespace btx {

void add_run(Verb app, CommandLine& line);
void add_sweep(Verb app, CommandLine& line);
void add_compare(Verb app, CommandLine& line);
void add_runs(Verb app, CommandLine& line);
void add_fetch(Verb app, CommandLine& line);
void add_plan(Verb app, CommandLine& line);
void add_validate(Verb app, CommandLine& line);
void add_config(Verb app, CommandLine& line);
void add_stage(Verb app, CommandLine& line);
void add_plugin(Verb app, CommandLine& line);
void add_eval(Verb app, CommandLine& line);
void add_export(Verb app, CommandLine& line);
void add_generate(Verb app, CommandLine& line);
void add_inspect(Verb app, CommandLine& line);
void add_bench(Verb app, CommandLine& line);
void add_data(Verb app, CommandLine& line);
void add_tokenizer(Verb app, CommandLine& line);
void add_version(Verb app, CommandLine& line);

void add_verbs(Verb app, CommandLine& line) {
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
