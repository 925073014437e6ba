#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/program.hpp"
#include "checkpoint/gguf_tokenizer.hpp"
#include "cli/recipe_argument.hpp"
#include "pipeline/stage_context.hpp"
#include "recipe/config.hpp"
#include "tokenizer/encode_batch.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
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

struct TokenizeOptions {
  std::string tokenizer, file, ids;
  int threads = 1;
};

/// Documents of 4,000 characters.
std::vector<std::string> cut(const std::string& text) {
  constexpr std::size_t kCharacters = 4000;
  std::vector<std::string> documents;
  std::size_t begin = 0, characters = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) continue;
    if (characters++ % kCharacters != 0 || at == 0) continue;
    documents.push_back(text.substr(begin, at - begin));
    begin = at;
  }
  if (begin < text.size()) documents.push_back(text.substr(begin));
  return documents;
}

int tokenize(const TokenizeOptions& options) {
  constexpr int kRepeats = 5;
  const Tokenizer tokenizer = import_tokenizer(options.tokenizer);
  const std::string text = read_file(options.file);
  const auto documents = cut(text);
  std::vector<std::vector<std::int32_t>> ids;
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kRepeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    ids = encode_batch(tokenizer, documents, options.threads);
    best = std::min(
        best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::string bytes;
  for (const auto& document : ids) {
    bytes.append(reinterpret_cast<const char*>(document.data()), 4 * document.size());
  }
  if (!options.ids.empty()) write_file(options.ids, bytes);
  const double megabytes = static_cast<double>(text.size()) / 1e6;
  fmt::print("{}\n", nlohmann::json{{"threads", options.threads},
                                    {"mb", megabytes},
                                    {"mb_per_s", megabytes / best},
                                    {"tokens", bytes.size() / 4},
                                    {"xxh3_ids_le32", digest(bytes)}}
                         .dump());
  return 0;
}

void add_tokenize(CLI::App& noun, CommandLine& line) {
  auto options = std::make_shared<TokenizeOptions>();
  auto* verb = noun.add_subcommand(
      "tokenize", "Time encoding of a text in documents of 4,000 characters; JSON on stdout");
  verb->add_option("TOKENIZER", options->tokenizer, "As for tokenizer encode")->required();
  verb->add_option("TEXT", options->file, "A text file")->required();
  verb->add_option("--threads", options->threads, "Threads")->check(CLI::Range(1, 1024));
  verb->add_option("--ids", options->ids, "Writes the ids here, 4 bytes each, little-endian");
  verb->callback([&line, options] { line.chosen = [options] { return tokenize(*options); }; });
}

}  // namespace

void add_bench(CLI::App& app, CommandLine& line) {
  auto* noun = app.add_subcommand("bench", "Benchmarks");
  noun->require_subcommand(1);
  add_tokenize(*noun, line);
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
