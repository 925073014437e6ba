#pragma once
// Many texts at once.

#include "tokenizer/tokenizer.hpp"

#include <btx/export.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace btx {

/// tokenizer.encode() of each text, in order, whatever the number of threads.   [any]
BTX_EXPORT std::vector<std::vector<std::int32_t>> encode_batch(const Tokenizer& tokenizer,
                                                               std::span<const std::string> texts,
                                                               int threads,
                                                               EncodeOptions options = {});

}  // namespace btx
