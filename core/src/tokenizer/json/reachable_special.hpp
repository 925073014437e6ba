#pragma once
// Text must never become a token that controls the model.

#include "tokenizer/tokenizer_spec.hpp"

#include <cstddef>
#include <optional>

namespace btx {

/// A special token that plain text could become, by itself or by merging.
struct ReachableSpecial {
  std::size_t index;  ///< in spec.added
  const char* what;   ///< it is beside that: "character" or "merge"
};

/// The first such token of a tokenizer, or nothing.   [any]
std::optional<ReachableSpecial> reachable_special(const TokenizerSpec& spec);

}  // namespace btx
