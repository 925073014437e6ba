#pragma once
// The regular expressions of byte-level BPE tokenizers, scanned by hand:
//   gpt2    's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//   llama3  (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
//           ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
//   qwen2   the same with \p{N} for \p{N}{1,3}
//   tekken  [^\r\n\p{L}\p{N}]?U*W+|[^\r\n\p{L}\p{N}]?U+W*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|
//           \s*[\r\n]+|\s+(?!\S)|\s+ with U = [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}], W =
//           [\p{Ll}\p{Lm}\p{Lo}\p{M}]

#include "pretokenizer/pretokenizer_spec.hpp"

#include <btx/export.hpp>

#include <optional>
#include <string_view>

namespace btx {

/// The pattern as tokenizer.json writes it.   [any]
BTX_EXPORT std::string_view pattern_text(WordPattern pattern);
/// The pattern that is written so, or nothing.   [any]
BTX_EXPORT std::optional<WordPattern> pattern_of(std::string_view text);

}  // namespace btx
