#include "cli/arguments/recipe_argument.hpp"
#include "pipeline/run_folder.hpp"
#include "stages/kinds.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>

namespace btx {
namespace {

int stage(const CommandLine& line, const std::string& run, const std::string& name) {
  // When whoever started this stage is killed, save and stop like on SIGTERM.
  const pid_t parent = ::getppid();
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::raise(SIGTERM);  // it was killed before that
  const RunSettings settings = read_settings(run);
  set_packages(settings.packages);
  open_plugins(line, settings.plugin_paths);
  run_stage(run, name, find_kind);
  return 0;
}

}  // namespace

void add_stage(Verb app, CommandLine& line) {
  auto run = std::make_shared<std::string>();
  auto name = std::make_shared<std::string>();
  Verb verb = app.add_verb("stage", "Do one stage of a run folder; 'run' starts these");
  verb.add("RUN", *run, "A run folder").required();
  verb.add("NAME", *name, "A stage: seed, expert/math, ...").required();
  add_unsafe_code(verb);
  verb.runs([&line, run, name] { return stage(line, *run, *name); });
}

}  // namespace btx
