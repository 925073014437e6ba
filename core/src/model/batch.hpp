#pragma once
// What goes through a model, and what a pass leaves behind. Shapes here: B sequences of T tokens,
// N = B*T, E experts.

#include <btx/router.hpp>

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace btx {

/// Tokens of one micro-batch: B sequences of T tokens.
struct Batch {
  at::Tensor tokens;             ///< [B, T] int64
  at::Tensor targets;            ///< [B, T] int64, the next token; negative: not scored
  at::Tensor domain;             ///< [B] int64, which domain a sequence comes from
  std::int64_t first_token = 0;  ///< position of tokens[0, 0] in the stage's stream of tokens
  at::Tensor padding;            ///< [B, T] bool, true for padding; undefined: there is none
  at::Tensor positions;          ///< [B, T] int64, of each token in its text; undefined: 0..T-1
  at::Tensor text_hash;  ///< [B, T] int64, of each token's text up to it (text_hashes()), for
                         ///< RouterContext::token_index; undefined: first_token and on
};

/// For each token of a text a hash of the text up to and with it.
BTX_EXPORT std::vector<std::int64_t> text_hashes(std::span<const std::int64_t> text);
/// The hash of a text that goes on with `token`; `before` is that of the text so far, 0 of none.
BTX_EXPORT std::int64_t text_hash_after(std::int64_t before, std::int64_t token);

/// [B, T] bool: the tokens that are not padding.
BTX_EXPORT at::Tensor real_tokens(const Batch& batch);

/// What was decided at one routing site for one micro-batch. The graph is kept while training.
struct SiteRouting {
  at::Tensor input;   ///< [N, width] float32, what the gate multiplied; if ForwardPass asks for it
  at::Tensor logits;  ///< [N, E] float32
  Routing routing;
};

/// What routers are told of the tokens of a pass, at every routing site the same; as in
/// RouterContext.
struct TokenPlaces {
  at::Tensor token_index, sequence, mask;
};

/// One pass through the model: what the caller sets, and what the layers leave behind.
struct ForwardPass {
  bool training = false;
  std::int64_t step = 0;           ///< optimizer steps done in this stage
  std::int64_t total_steps = 0;    ///< of this stage; 0 outside training
  double step_tokens = 0;          ///< tokens of one optimizer step; 0 outside training
  std::uint64_t random_seed = 0;   ///< of the stage
  bool keep_inputs = false;        ///< sites keep what their gate multiplied
  bool check_late = false;         ///< expert indices are checked by Decoder::check_routing()
                                   ///< alone, as always on a GPU
  TokenPlaces places;              ///< out, where there are routing sites
  std::vector<SiteRouting> sites;  ///< out, in the order of routing_sites()
  at::Tensor missing_expert;       ///< out, for Decoder::check_routing(): scalar bool, or
                                   ///< undefined if nothing is left to be checked
};

}  // namespace btx
