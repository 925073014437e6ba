#include "base/program.hpp"
#include "cli/bench_tokenize.hpp"
#include "cli/recipe_argument.hpp"
#include "pipeline/stage_context.hpp"
#include "recipe/config.hpp"

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
  StageContext context;
  context.name = context.kind = "bench";
  context.config.set("engine", write_config(resolved.recipe.engine));
  context.config.set("model", write_config(resolved.recipe.model));
  context.config.set("train", write_config(resolved.recipe.train));
  context.config.set("vocab_size", Value(resolved.recipe.tokenizer.vocab_size));
  context.config.set("router_type", Value(resolved.recipe.router.type));
  context.config.set("router_params", resolved.recipe.router.params);
  context.config.set("experts", Value(options.experts));
  context.config.set("steps", Value(options.steps));
  stage_functions().at("bench")(context);
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
