#include "checkpoint/import_tokenizer.hpp"

#include "checkpoint/gguf/gguf_parts.hpp"
#include "checkpoint/gguf/gguf_tokenizer.hpp"

namespace btx {

Tokenizer import_tokenizer(const fs::path& path) {
  if (!is_gguf(path)) return Tokenizer::load(path);
  return gguf_tokenizer(GgufFile(gguf_parts(path).front()));
}

Tokenizer with_end_of(const Tokenizer& tokenizer, const fs::path& model) {
  if (!is_gguf(model)) return tokenizer.with_end_of(model);
  return with_gguf_end(tokenizer, GgufFile(gguf_parts(model).front()));
}

}  // namespace btx
