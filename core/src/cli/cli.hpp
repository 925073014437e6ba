#pragma once
// The command line: one file a verb, one function that adds it.

#include <btx/export.hpp>

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

namespace btx {

/// Arguments in, exit code out: 0 done, 1 a stage failed, 2 usage or recipe, 3 plugin, 4 stopped
/// and can go on.
BTX_EXPORT int run_command_line(int argc, char** argv);

/// What every verb may use.
struct CommandLine {
  std::vector<std::string> plugin_paths;
  bool json = false;
  bool verify = false;
  std::string command;          ///< as typed, for the run folder
  std::function<int()> chosen;  ///< set by the verb that was given
};

/// Adds --unsafe-code to a verb that may run generated code, or starts what does.
void add_unsafe_code(CLI::App& verb);

void add_run(CLI::App& app, CommandLine& line);
void add_sweep(CLI::App& app, CommandLine& line);
void add_compare(CLI::App& app, CommandLine& line);
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

}  // namespace btx
