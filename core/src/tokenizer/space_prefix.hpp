#pragma once
// The space that some pre-tokenizers put before a text, so that its first word is one like others.

#include "tokenizer/tokenizer_spec.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace btx {

/// What the first of `steps` makes of a text before it is cut: Metaspace writes spaces visibly and
/// puts one first, ByteLevel may put one first. Nothing if the text stays as it is. `first`:
/// whether it begins where the whole text begins.   [any]
std::optional<std::string> with_space_prefix(const std::vector<PretokenizerSpec>& steps,
                                             std::string_view text, bool first);

}  // namespace btx
