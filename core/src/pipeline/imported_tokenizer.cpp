#include "pipeline/imported_tokenizer.hpp"

#include "checkpoint/gguf_model.hpp"
#include "recipe/package_path.hpp"
#include "tokenizer/tokenizer.hpp"

namespace btx {

std::string imported_tokenizer(const Recipe& recipe) {
  const std::string& seed = recipe.seed_model.import;
  if (!recipe.tokenizer.import.empty() || seed.empty()) return local_path(recipe.tokenizer.import);
  std::string model = local_path(seed);
  if (is_gguf(model)) return model;
  const auto own = find_tokenizer(model);
  return own ? own->string() : "";
}

bool imports_tokenizer(const Recipe& recipe) {
  const std::string& seed = recipe.seed_model.import;
  if (!recipe.tokenizer.import.empty() || is_gguf(seed)) return true;
  return !seed.empty() && is_fetched(seed) && !imported_tokenizer(recipe).empty();
}

}  // namespace btx
