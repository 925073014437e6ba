#include "plan/imported_tokenizer.hpp"

#include "checkpoint/gguf/gguf_model.hpp"
#include "checkpoint/import_tokenizer.hpp"
#include "config/package_path.hpp"

namespace btx {

std::string imported_tokenizer(const Recipe& recipe) {
  const std::string& seed = recipe.seed_model.import;
  if (!recipe.tokenizer.import.empty() || seed.empty()) return local_path(recipe.tokenizer.import);
  std::string model = local_path(seed);
  if (is_gguf(model)) return gguf_parts(model).front().string();
  const auto own = find_tokenizer(model);
  return own ? own->string() : "";
}

Tokenizer load_imported_tokenizer(const Recipe& recipe) {
  const Tokenizer tokenizer = import_tokenizer(imported_tokenizer(recipe));
  const std::string& seed = recipe.seed_model.import;
  Tokenizer ending = seed.empty() ? tokenizer : with_end_of(tokenizer, local_path(seed));
  ending.eos_id();  // throws
  return ending;
}

bool imports_tokenizer(const Recipe& recipe) {
  const std::string& seed = recipe.seed_model.import;
  if (!recipe.tokenizer.import.empty() || is_gguf(seed)) return true;
  return !seed.empty() && is_fetched(seed) && !imported_tokenizer(recipe).empty();
}

}  // namespace btx
