#pragma once
// A request as token ids.

#include "tokenizer/tokenizer.hpp"

#include <btx/task.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
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
/// itself, as in lm-evaluation-harness; special tokens count where the text names them. Where all
/// of it is one token, that token is scored after tokenizer.start_ids().
/// Throws btx::Error with the request's place for a context of white space alone, which leaves
/// nothing to come after.   [any]
BTX_EXPORT EncodedRequest encode_request(const Tokenizer& tokenizer, const Request& request);

/// Throws btx::Error (usage) with the request's place for the first id that has no row in an
/// embedding of `vocabulary` rows: kernels read and write by it.   [any]
BTX_EXPORT void check_ids(std::span<const std::int64_t> ids, std::int64_t vocabulary,
                          const Tokenizer& tokenizer, const std::string& place);

/// Drops the beginning of a context that is too long, as lm-evaluation-harness does; how many
/// tokens. Throws btx::Error (usage) with the place for a continuation longer than the window.
/// [any]
BTX_EXPORT std::size_t fit_window(EncodedRequest& encoded, const std::string& place,
                                  std::int64_t window);

/// The context alone, to be continued: the same tokens as above with an empty continuation, white
/// space kept; tokenizer.start_ids() for an empty one.   [any]
BTX_EXPORT std::vector<std::int64_t> encode_prompt(const Tokenizer& tokenizer,
                                                   const Request& request);

}  // namespace btx
