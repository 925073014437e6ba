#pragma once
// Text that a model writes.

#include "base/file.hpp"
#include "eval/generation/next_token.hpp"
#include "tokenizer/tokenizer.hpp"

#include <btx/model_config.hpp>
#include <btx/task.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace btx {

/// How the next token is taken from its probabilities.
struct Sampling {
  double temperature = 0;  ///< 0: the likeliest, of equals the lowest id
  double top_p = 1;        ///< of the likeliest tokens that together have this share
  std::uint64_t seed = 1;  ///< the draw is a function of it, the text's number and its length
};

/// How generate() writes, alike for all requests.
struct GenerateConfig {
  Sampling sampling;
  std::vector<std::int64_t> ends;  ///< tokens that end a text
  std::int64_t batch_size = 16;    ///< texts that grow together
  /// Called with the request's index and its new token, in order of the tokens of each text; may
  /// be empty.
  std::function<void(std::size_t request, std::int64_t token)> on_token;
};

/// Tokens that end what the model in `folder` writes: those that its generation_config.json names,
/// else its config.json, else the end of a document; none if nothing says one.   [any]
BTX_EXPORT std::vector<std::int64_t> text_ends(const fs::path& folder, const ModelConfig& model,
                                               const Tokenizer& tokenizer);

/// What `written` adds to the text of `prompt`. A tokenizer whose decoder takes away the space that
/// a text begins with (Llama 2) keeps the one after a prompt.   [any]
BTX_EXPORT std::string text_after(const Tokenizer& tokenizer, std::span<const std::int64_t> prompt,
                                  std::span<const std::int32_t> written);

/// Where the first stop string begins, or npos.   [any]
BTX_EXPORT std::size_t find_stop(const std::string& text, const std::vector<std::string>& stops);

/// What follows each request's context: at most max_tokens tokens, up to a stop string or a token
/// that ends a text, neither included; "" where max_tokens is 0. A context that leaves no room for
/// max_tokens loses its beginning, and a warning says how many did. Does not depend on the batch
/// size up to rounding. Throws btx::Error with the request's place where max_tokens alone exceeds
/// the model's context.
BTX_EXPORT std::vector<std::string> generate(NextToken& model, const Tokenizer& tokenizer,
                                             std::span<const Request> requests,
                                             const GenerateConfig& config);

}  // namespace btx
