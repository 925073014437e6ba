#pragma once
// Text is rewritten before it is cut: composed characters, replacements, a prefix.

#include "pretokenizer/pretokenizer_spec.hpp"

#include <btx/export.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace btx {

/// The given steps in their order. Immutable.   [any]
class BTX_EXPORT Normalizer {
 public:
  explicit Normalizer(std::vector<NormalizerSpec> steps) : steps_(std::move(steps)) {}

  /// Whether every text stays as it is.
  bool identity() const { return steps_.empty(); }
  /// `text` must be UTF-8 (valid_utf8()).
  std::string apply(std::string text) const;

 private:
  std::vector<NormalizerSpec> steps_;
};

/// The text with every byte that is not UTF-8 replaced by U+FFFD, as libsentencepiece does.   [any]
BTX_EXPORT std::string valid_utf8(std::string_view text);
/// Every occurrence of `from`, which is not empty, replaced.   [any]
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

}  // namespace btx
