#pragma once
// What each token stands for in the text.

#include "tokenizer/tokenizer_spec.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace btx {

/// Immutable.   [any]
class TokenBytes {
 public:
  explicit TokenBytes(const TokenizerSpec& spec);
  /// Ids must be in the vocabulary.
  std::string_view of(std::int32_t id) const { return bytes_[static_cast<std::size_t>(id)]; }
  bool special(std::int32_t id) const { return special_[static_cast<std::size_t>(id)]; }

 private:
  std::vector<std::string> bytes_;
  std::vector<bool> special_;
};

}  // namespace btx
