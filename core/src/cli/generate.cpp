// btx generate: a model continues a prompt.
#include "base/file.hpp"
#include "base/interrupt.hpp"
#include "cli/checkpoint_argument.hpp"
#include "cli/recipe_argument.hpp"
#include "pipeline/engine.hpp"
#include "pipeline/stage_context.hpp"
#include "recipe/config.hpp"
#include "recipe/value_access.hpp"

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
  std::string prompt, html;
  std::int64_t max_tokens = 0, seed = 1, site = -1;
  std::vector<std::string> stop;
  double temperature = 0, top_p = 1;
  bool show_experts = false;
  EngineConfig engine;
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

std::string prompt_of(const Options& options) {
  if (options.prompt != "-") return options.prompt;
  return {std::istreambuf_iterator<char>(std::cin), {}};
}

StageContext context_of(const CommandLine& line, const Options& options,
                        const OpenCheckpoint& checkpoint) {
  StageContext context;
  context.name = context.kind = "generate";
  context.config.set("engine", write_config(resolve_engine(options.engine)));
  context.config.set("prompt", Value(prompt_of(options)));
  context.config.set("max_tokens", Value(options.max_tokens));
  context.config.set("stop", to_value(options.stop));
  context.config.set("temperature", Value(options.temperature));
  context.config.set("top_p", Value(options.top_p));
  context.config.set("seed", Value(options.seed));
  context.config.set("site", Value(options.site));
  context.config.set("show_experts", Value(options.show_experts || !options.html.empty()));
  context.config.set("html", Value(options.html));
  context.config.set("json", Value(line.json));
  context.inputs = {{"model", checkpoint.folder}};
  for (const auto& [name, folder] : checkpoint.members) {
    context.inputs.emplace_back("member/" + name, folder);
  }
  return context;
}

void check(const CommandLine& line, const Options& options) {
  if (options.show_experts && line.json) {
    throw Error(ExitCode::usage, "--show-experts colours text; it does not go with --json");
  }
  if (options.site >= 0 && !options.show_experts && options.html.empty()) {
    throw Error(ExitCode::usage, "--site says what is coloured; it needs --show-experts or --html");
  }
  if (std::count(options.stop.begin(), options.stop.end(), "") > 0) {
    throw Error(ExitCode::usage, "--stop: is empty; nothing would be written");
  }
  if (!options.html.empty()) check_can_write(options.html);
}

int run(const CommandLine& line, const Options& options) {
  catch_interrupts();
  check(line, options);
  const OpenCheckpoint checkpoint = options.checkpoint.open(line);
  stage_functions().at("generate")(context_of(line, options, checkpoint));
  if (!line.json && !options.show_experts && options.html.empty()) fmt::print("\n");
  return 0;
}

void add_sampling(CLI::App& verb, Options& options) {
  verb.add_option(
          "--max-tokens", options.max_tokens,
          "Tokens to write, at most; else 128, or fewer where the model's context is shorter")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}));
  verb.add_option("--temperature", options.temperature, "0: the likeliest token each time")
      ->check(number_in(0, 1e6))
      ->capture_default_str();
  verb.add_option("--top-p", options.top_p, "Draw among the likeliest tokens of this share")
      ->check(number_in(1e-9, 1))
      ->capture_default_str();
  verb.add_option("--seed", options.seed, "Of the draws")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb.add_option("--stop", options.stop, "End before this text; may be repeated")
      ->allow_extra_args(false);
}

}  // namespace

void add_generate(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand("generate", "Let a model continue a prompt");
  options->checkpoint.add_to(*verb);
  verb->add_option("PROMPT", options->prompt, "The text to continue; -: from stdin")->required();
  add_sampling(*verb, *options);
  verb->add_flag("--show-experts", options->show_experts,
                 "Colour each token by the expert that has most of it, at the end");
  verb->add_option("--site", options->site,
                   "Colour by this routing site alone, from 0; -1: by all of them")
      ->check(CLI::Range(std::int64_t{-1}, std::int64_t{10'000}))
      ->capture_default_str();
  verb->add_option("--html", options->html, "The same as a page, into this file");
  verb->add_option("--dtype", options->engine.dtype, "auto, float32 or bfloat16")
      ->check(CLI::IsMember({"auto", "float32", "bfloat16"}))
      ->capture_default_str();
  verb->add_option("--device", options->engine.device, "auto, cpu or cuda")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
      ->capture_default_str();
  verb->callback(
      [&line, options] { line.chosen = [&line, options] { return run(line, *options); }; });
}

}  // namespace btx
