#include "base/machine/threads.hpp"
#include "cli/arguments/recipe_argument.hpp"
#include "cli/bench_tokenize.hpp"
#include "cli/print.hpp"
#include "config/config.hpp"
#include "model/engine.hpp"
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
  const ResolvedRecipe resolved = options.recipe.resolve(line);
  const Recipe& recipe = resolved.recipe;
  StepBench bench;
  bench.engine = engine_here(recipe.engine.models);
  bench.threads = threads_here(recipe.engine.threads);
  bench.model = recipe.model;
  bench.train = recipe.train;
  bench.vocab_size = recipe.tokenizer.vocab_size;
  bench.experts = options.experts;
  bench.router = recipe.router.type;
  bench.router_params = recipe.router.params;
  for (const auto& balance : resolved.router.balances) {
    bench.balance.set(balance.name, balance.params);
  }
  bench.balance_scope = recipe.router.balance_scope;
  bench.steps = options.steps;
  print_value(write_config(core_api().bench_step(bench)));
  return 0;
}

}  // namespace

void add_bench(Verb app, CommandLine& line) {
  Verb noun = app.add_noun("bench", "Benchmarks");
  add_bench_tokenize(noun);
  auto options = std::make_shared<BenchOptions>();
  Verb verb = noun.add_verb(
      "step", "Time training steps of a recipe's model on random tokens; JSON on stdout");
  options->recipe.add_to(verb);
  verb.add("--steps", options->steps, "Steps that are timed").in_range(1, 100000);
  verb.add("--experts", options->experts, "A mixture of so many experts; 0: dense")
      .in_range(0, 4096);
  verb.runs([&line, options] { return step(line, *options); });
}

}  // namespace btx
