#pragma once
// What a model costs: parameters and floating-point operations.

#include <btx/export.hpp>
#include <btx/model_config.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// Parameters in all, the gates included.
BTX_EXPORT std::int64_t count_parameters(const ModelConfig& config);
/// Parameters that one token uses when `experts_per_token` experts run.
BTX_EXPORT double count_active_parameters(const ModelConfig& config, double experts_per_token);

/// What of a training step is left out or done twice.
struct TrainingPasses {
  std::vector<std::string> frozen;  ///< globs over tensor names that are not trained
  bool first_pass = false;          ///< all layers run once more beforehand, without the head, for
                                    ///< balances that need the step's statistics
};

/// Floating-point operations of one training token, in sequences of T tokens. Forward: 2 x (active
/// parameters that multiply it) + 4 x L x H x head_dim x T. Backward the same for gradients of
/// inputs, in the layers from the first trained one on, and with 2 x (trained parameters) for
/// gradients of weights. Where all is trained that is 6 x active + 12 x L x H x head_dim x T
/// (Hoffmann et al., arXiv 2203.15556, appendix F, with active parameters). Tensors that are used
/// as one matrix with a trained one count as trained.
BTX_EXPORT double training_flops_per_token(const ModelConfig& config, double experts_per_token,
                                           std::int64_t sequence_length,
                                           const TrainingPasses& passes = {});

}  // namespace btx
