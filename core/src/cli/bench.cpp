#include "cli/arguments/recipe_argument.hpp"
#include "cli/bench_tokenize.hpp"
#include "cli/print.hpp"
#include "config/config.hpp"
#include "stages/core_api.hpp"

#include <fmt/format.h>

#include <memory>

namespace btx {
namespace {

struct BenchOptions {
  RecipeArgument recipe;
  std::int64_t steps = 20;
  std::int64_t experts = 0;
};

int step(const CommandLine& line, const BenchOptions& options) {
  const Recipe recipe = options.recipe.resolve(line).recipe;
  StepBench bench;
  bench.engine = recipe.engine;
  bench.model = recipe.model;
  bench.train = recipe.train;
  bench.vocab_size = recipe.tokenizer.vocab_size;
  bench.experts = options.experts;
  bench.router = recipe.router.type;
  bench.router_params = recipe.router.params;
  bench.steps = options.steps;
  print_value(write_config(core_api().bench_step(bench)));
  return 0;
}

}  // namespace

void add_bench(CLI::App& app, CommandLine& line) {
  auto* noun = app.add_subcommand("bench", "Benchmarks");
  noun->require_subcommand(1);
  add_bench_tokenize(*noun, line);
  auto options = std::make_shared<BenchOptions>();
  auto* verb = noun->add_subcommand(
      "step", "Time training steps of a recipe's model on random tokens; JSON on stdout");
  options->recipe.add_to(*verb);
  verb->add_option("--steps", options->steps, "Steps that are timed")->check(CLI::Range(1, 100000));
  verb->add_option("--experts", options->experts, "A mixture of so many experts; 0: dense")
      ->check(CLI::Range(0, 4096));
  verb->callback(
      [&line, options] { line.chosen = [&line, options] { return step(line, *options); }; });
}

}  // namespace btx
