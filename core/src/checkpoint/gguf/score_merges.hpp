#pragma once
// The merges of a vocabulary that comes with them written, or with scores instead.

#include "checkpoint/gguf/gguf.hpp"
#include "tokenizer/tokenizer_spec.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace btx {

/// From lines "left right". Throws btx::Error naming the file and the merge that is none.
std::vector<MergeSpec> written_merges(const GgufFile& file, const std::vector<std::string>& tokens,
                                      const std::vector<std::string_view>& lines);

/// Every way to put a piece together from two others, the piece of the highest score first, then
/// the longest left part. Source: transformers, generate_merges(). Added tokens take no part.
std::vector<MergeSpec> merges_by_score(const std::vector<std::string>& tokens,
                                       const std::vector<float>& scores,
                                       const std::vector<AddedTokenSpec>& added);

}  // namespace btx
