#include "pipeline/imported_tokenizer.hpp"

#include "checkpoint/gguf_model.hpp"
#include "tokenizer/tokenizer.hpp"

namespace btx {

std::string imported_tokenizer(const Recipe& recipe) {
  const std::string& seed = recipe.seed_model.import;
  if (!recipe.tokenizer.import.empty() || seed.empty()) return recipe.tokenizer.import;
  if (is_gguf(seed)) return seed;
  const auto own = find_tokenizer(seed);
  return own ? own->string() : "";
}

}  // namespace btx
