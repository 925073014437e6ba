#pragma once
// Capital and small letters, for patterns that cut words where the case changes.

#include <cstdint>

namespace btx {

enum class LetterCase : std::uint8_t {
  none,   ///< not a letter and not a mark
  upper,  ///< Lu, Lt
  lower,  ///< Ll
  any,    ///< Lm, Lo and marks (M), which go with both
};

/// One entry a code point, built on first use.   [any]
const LetterCase* letter_cases();

}  // namespace btx
