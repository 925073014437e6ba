#pragma once
// The command line: one file per verb, with one function that adds it; verbs.cpp lists them.

#include "cli/arguments/verb.hpp"

#include <btx/export.hpp>

#include <functional>
#include <string>
#include <vector>

namespace btx {

/// Arguments in, exit code out: 0 done, 1 a stage failed, 2 usage or recipe, 3 plugin, 4 stopped
/// and can go on.
BTX_EXPORT int run_command_line(int argc, char** argv);

/// What every verb may use.
struct CommandLine {
  std::vector<std::string> plugin_paths;  ///< --plugin-path, in order
  bool json = false;                      ///< --json: results as JSON on stdout
  bool verify = false;                    ///< --verify: files are read again, not trusted
  std::string command;                    ///< as typed, for the run folder
  std::function<int()> chosen;            ///< set by the verb that was given
};

/// Adds every verb, in the order of --help.
void add_verbs(Verb app, CommandLine& line);

/// Adds --unsafe-code to a verb that may run generated code, or starts what does.
void add_unsafe_code(Verb verb);

}  // namespace btx
