#include "cli/cli.hpp"

#include "base/inherited.hpp"
#include "base/log_level.hpp"
#include "base/sandbox.hpp"
#include "base/text.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <new>

namespace btx {
namespace {

void add_globals(Verb app, CommandLine& line) {
  app.add("--plugin-path", line.plugin_paths,
          "A folder with plugins, before BTX_PLUGIN_PATH and btx's own; may be repeated")
      .one_at_a_time();
  app.add("--json", line.json, "Results as JSON on stdout");
  app.add("--verify", line.verify, "Read files again instead of trusting size and time");
  app.add_action(
      "-v,--verbose", [] { set_log_level(LogLevel::debug); }, "More messages");
  app.add_action(
      "-q,--quiet", [] { set_log_level(LogLevel::error); }, "Errors only");
}

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> verbs;
  for (const auto* verb : app.get_subcommands({})) verbs.push_back(verb->get_name());
  return verbs;
}

/// What is wrong with the command line; a verb that is none is named, which CLI11 does not.
std::string parse_error(const CLI::App& app, int argc, char** argv, const CLI::ParseError& error) {
  const auto verbs = verbs_of(app);
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.starts_with('-')) continue;
    if (std::find(verbs.begin(), verbs.end(), word) != verbs.end()) break;
    return fmt::format("no verb is called '{}'{}", word, known_names(word, verbs));
  }
  return fmt::format("{}; 'btx VERB --help' shows what a verb takes", error.what());
}

/// What the system refused, and of which files: "cannot rename a to b: Permission denied".
std::string refusal(const std::filesystem::filesystem_error& error) {
  std::string_view action = error.what();
  action.remove_prefix(std::min(action.size(), std::strlen("filesystem error: ")));
  const std::string to = error.path2().empty() ? "" : " to " + error.path2().string();
  return fmt::format("{} {}{}: {}", action.substr(0, action.find(": ")), error.path1().string(), to,
                     error.code().message());
}

int run_chosen(const CommandLine& line) {
  try {
    return line.chosen();
  } catch (const Error& error) {
    log(LogLevel::error, error.what());
    return static_cast<int>(error.code());
  } catch (const std::bad_alloc&) {
    log(LogLevel::error, "out of memory; make the model, train.micro_batch or --jobs smaller");
  } catch (const std::filesystem::filesystem_error& error) {
    log(LogLevel::error, refusal(error));
  } catch (const std::exception& error) {
    const std::string text = error.what();
    log(LogLevel::error, "unexpected: " + text.substr(0, text.find('\n')));
  }
  return static_cast<int>(ExitCode::run);
}

/// What was printed is out, or it is said that it is not.
bool flushed() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
  log(LogLevel::error, fmt::format("cannot write to standard output: {}",
                                   errno == 0 ? "an earlier write failed" : std::strerror(errno)));
  return false;
}

}  // namespace

void add_unsafe_code(Verb verb) {
  verb.add_action("--unsafe-code", allow_unsafe_code,
                  "Run generated code without a sandbox, where there is none");
}

int run_command_line(int argc, char** argv) {
  put_inherited_right();
  CommandLine line;
  for (int i = 0; i < argc; ++i) line.command += (i == 0 ? "" : " ") + std::string(argv[i]);
  CLI::App app{"btx: Branch-Train-MiX from a recipe, and its baselines, compared fairly."};
  app.name("btx");
  app.require_subcommand(1);
  app.fallthrough();
  const Verb program(&app, &line.chosen);
  add_globals(program, line);
  add_verbs(program, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help
      app.exit(error);
      return flushed() ? 0 : static_cast<int>(ExitCode::run);
    }
    log(LogLevel::error, parse_error(app, argc, argv, error));
    return static_cast<int>(ExitCode::usage);
  }
  const int code = run_chosen(line);
  return flushed() ? code : static_cast<int>(ExitCode::run);
}

}  // namespace btx
