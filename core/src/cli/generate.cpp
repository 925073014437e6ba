// btx generate: a model continues a prompt.
#include "base/file.hpp"
#include "base/interrupt.hpp"
#include "cli/arguments/checkpoint_argument.hpp"
#include "cli/print.hpp"
#include "model/engine.hpp"
#include "report/text/routed_text.hpp"
#include "stages/core_api.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <limits>
#include <memory>

namespace btx {
namespace {

struct GenerateArguments {
  CheckpointArgument checkpoint;
  ContinueOptions how;
  std::string html;
  bool show_experts = false;
};

void check(const CommandLine& line, const GenerateArguments& options) {
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

void print_continuation_json(const Continuation& written) {
  Value result;
  result.set("text", Value(written.text));
  result.set("tokens", Value(written.tokens));
  print_value(result);
}

int run(const CommandLine& line, GenerateArguments options) {
  catch_interrupts();
  check(line, options);
  const OpenCheckpoint checkpoint = options.checkpoint.open(line);
  ContinueOptions& how = options.how;
  how.engine = engine_here(how.engine);
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
  if (line.json) print_continuation_json(written);
  return 0;
}

void add_sampling(Verb verb, GenerateArguments& options) {
  verb.add("--max-tokens", options.how.max_tokens,
           "Tokens to write, at most; else 128, or fewer where the model's context is shorter")
      .in_range(1, 10'000'000);
  verb.add("--temperature", options.how.temperature, "0: the likeliest token each time")
      .between(0, 1e6)
      .show_default();
  verb.add("--top-p", options.how.top_p, "Draw among the likeliest tokens of this share")
      .between(1e-9, 1)
      .show_default();
  verb.add("--seed", options.how.seed, "Of the draws, the router's too")
      .in_range(0, std::numeric_limits<std::int64_t>::max())
      .show_default();
  verb.add("--stop", options.how.stop, "End before this text; may be repeated").one_at_a_time();
}

}  // namespace

void add_generate(Verb app, CommandLine& line) {
  auto options = std::make_shared<GenerateArguments>();
  Verb verb = app.add_verb("generate", "Let a model continue a prompt");
  options->checkpoint.add_to(verb);
  verb.add("PROMPT", options->how.prompt, "The text to continue; -: from stdin").required();
  add_sampling(verb, *options);
  verb.add("--show-experts", options->show_experts,
           "Colour each token by the expert that has most of it, at the end");
  verb.add("--site", options->how.site,
           "Colour by this routing site alone, from 0; -1: by all of them")
      .in_range(-1, 10'000)
      .show_default();
  verb.add("--html", options->html, "The same as a page, into this file");
  verb.add_choice("--dtype", options->how.engine.dtype, "auto, float32 or bfloat16");
  verb.add_choice("--device", options->how.engine.device, "auto, cpu or cuda");
  verb.runs([&line, options] { return run(line, *options); });
}

}  // namespace btx
