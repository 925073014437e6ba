// btx generate: a model continues a prompt.
#include "base/file.hpp"
#include "base/interrupt.hpp"
#include "cli/arguments/checkpoint_argument.hpp"
#include "cli/arguments/choice_option.hpp"
#include "cli/print.hpp"
#include "plan/engine.hpp"
#include "report/routed_text.hpp"
#include "stages/core_api.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <iterator>
#include <memory>

namespace btx {
namespace {

struct Options {
  CheckpointArgument checkpoint;
  ContinueOptions how;
  std::string html;
  bool show_experts = false;
};

/// CLI::Range lets "nan" through.
CLI::Validator number_in(double low, double high) {
  const auto check = [low, high](const std::string& text) {
    double number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    const bool good = error == std::errc() && stop == end && number >= low && number <= high;
    return good ? "" : fmt::format("needs a number from {} to {}, got '{}'", low, high, text);
  };
  return {check, fmt::format("in [{}, {}]", low, high)};
}

void check(const CommandLine& line, const Options& options) {
  if (options.show_experts && line.json) {
    throw Error(ExitCode::usage, "--show-experts colours text; it does not go with --json");
  }
  if (options.how.site >= 0 && !options.show_experts && options.html.empty()) {
    throw Error(ExitCode::usage, "--site says what is coloured; it needs --show-experts or --html");
  }
  if (std::count(options.how.stop.begin(), options.how.stop.end(), "") > 0) {
    throw Error(ExitCode::usage, "--stop: is empty; nothing would be written");
  }
  if (!options.html.empty()) check_can_write(options.html);
}

void print_piece(const std::string& piece) {
  // A file gets what the model wrote, byte for byte.
  if (::isatty(STDOUT_FILENO) != 0) {
    print_text(piece);
  } else {
    std::fwrite(piece.data(), 1, piece.size(), stdout);
  }
  std::fflush(stdout);
}

void print_json(const Continuation& written) {
  Value result;
  result.set("text", Value(written.text));
  result.set("tokens", Value(written.tokens));
  print_value(result);
}

int run(const CommandLine& line, Options options) {
  catch_interrupts();
  check(line, options);
  const OpenCheckpoint checkpoint = options.checkpoint.open(line);
  ContinueOptions& how = options.how;
  how.engine = resolve_engine(how.engine);
  if (how.prompt == "-") how.prompt = {std::istreambuf_iterator<char>(std::cin), {}};
  how.routed = options.show_experts || !options.html.empty();
  if (!line.json && !how.routed) how.on_text = print_piece;
  const Continuation written = core_api().continue_prompt(how, checkpoint);
  if (how.on_text) print_text("\n");
  if (!options.html.empty()) {
    write_file(options.html, to_html(written.routed, written.experts));
  } else if (how.routed) {
    // Its own escapes are to reach the terminal.
    const std::string text = to_ansi(written.routed, written.experts);
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  if (line.json) print_json(written);
  return 0;
}

void add_sampling(CLI::App& verb, Options& options) {
  verb.add_option(
          "--max-tokens", options.how.max_tokens,
          "Tokens to write, at most; else 128, or fewer where the model's context is shorter")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}));
  verb.add_option("--temperature", options.how.temperature, "0: the likeliest token each time")
      ->check(number_in(0, 1e6))
      ->capture_default_str();
  verb.add_option("--top-p", options.how.top_p, "Draw among the likeliest tokens of this share")
      ->check(number_in(1e-9, 1))
      ->capture_default_str();
  verb.add_option("--seed", options.how.seed, "Of the draws, the router's too")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb.add_option("--stop", options.how.stop, "End before this text; may be repeated")
      ->allow_extra_args(false);
}

}  // namespace

void add_generate(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand("generate", "Let a model continue a prompt");
  options->checkpoint.add_to(*verb);
  verb->add_option("PROMPT", options->how.prompt, "The text to continue; -: from stdin")
      ->required();
  add_sampling(*verb, *options);
  verb->add_flag("--show-experts", options->show_experts,
                 "Colour each token by the expert that has most of it, at the end");
  verb->add_option("--site", options->how.site,
                   "Colour by this routing site alone, from 0; -1: by all of them")
      ->check(CLI::Range(std::int64_t{-1}, std::int64_t{10'000}))
      ->capture_default_str();
  verb->add_option("--html", options->html, "The same as a page, into this file");
  add_choice(*verb, "--dtype", options->how.engine.dtype, "auto, float32 or bfloat16");
  add_choice(*verb, "--device", options->how.engine.device, "auto, cpu or cuda");
  verb->callback(
      [&line, options] { line.chosen = [&line, options] { return run(line, *options); }; });
}

}  // namespace btx
