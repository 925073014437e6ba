#pragma once
// How well a model predicts a dev split.

#include "data/token_file.hpp"
#include "model/decoder.hpp"

#include <cstdint>

namespace btx {

/// Mean loss in nats a token over about `limit` tokens of a dev split: a fair sample of sequences
/// of `sequence_length`, in passes of `batch_size` of them, without gradients; NaN for a split of
/// fewer than two tokens. Throws btx::Error as Decoder::check_routing().
BTX_EXPORT double mean_loss(const Decoder& decoder, const TokenFile& tokens,
                            std::int64_t sequence_length, std::int64_t limit,
                            std::int64_t batch_size);

}  // namespace btx
