#pragma once
// One token out of the probabilities of all.

#include "eval/generation/generate.hpp"

namespace btx {

/// The token of one row of log-probabilities [V] float32 on the CPU. `text` and `position` name the
/// draw. Throws nan_error() where they are NaN.   [any]
BTX_EXPORT std::int64_t sample(const at::Tensor& log_probabilities, const Sampling& sampling,
                               std::size_t text, std::size_t position);

}  // namespace btx
