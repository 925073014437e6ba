#pragma once
// A request as token ids.

#include "tokenizer/tokenizer.hpp"

#include <btx/task.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace btx {

/// Context and continuation as one text; tokens ids[first] and on are the continuation.
struct EncodedRequest {
  std::vector<std::int64_t> ids;
  std::size_t first = 0;  ///< at least 1
};

/// Without a context: tokenizer.start_ids(), then the continuation. With one: white space at its
/// end goes to the continuation, the whole is tokenized as one text with the tokens that the
/// tokenizer's template puts before a text, and `first` is the number of tokens of the context by
/// itself, as in lm-evaluation-harness; special tokens count where the text names them.
/// Throws btx::Error with the request's place for a context of white space alone, which leaves
/// nothing to come after.   [any]
BTX_EXPORT EncodedRequest encode_request(const Tokenizer& tokenizer, const Request& request);

/// The context alone, to be continued: the same tokens as above with an empty continuation, white
/// space kept; tokenizer.start_ids() for an empty one.   [any]
BTX_EXPORT std::vector<std::int64_t> encode_prompt(const Tokenizer& tokenizer,
                                                   const Request& request);

}  // namespace btx
