#pragma once
// Scoring of documents, in windows that overlap where they are long.

#include "eval/encode_request.hpp"
#include "eval/score.hpp"

#include <vector>

namespace btx {

/// The losses of the texts' tokens from `first` on, into losses[i] for texts[i]: windows of T
/// tokens, each T/2 after the one before, sorted by length and padded to batches. Texts without
/// ids are left out.
void score_windows(const Decoder& decoder, const std::vector<EncodedRequest>& texts,
                   const ScoreConfig& config, std::vector<std::vector<double>>& losses,
                   ExpertCounts* counts);

/// Losses of each text's tokens but the first, in windows.
std::vector<std::vector<double>> text_losses(const Decoder& decoder,
                                             const std::vector<std::vector<std::int64_t>>& texts,
                                             const ScoreConfig& config);

}  // namespace btx
