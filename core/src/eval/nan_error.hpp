#pragma once

#include <btx/error.hpp>

namespace btx {

/// The error for probabilities that are NaN.
inline Error nan_error() {
  return Error(
      "the model gave NaN probabilities, though its weights are numbers: they grow too large on "
      "the way; compute in float32 (engine.dtype), or take a model that was trained with a lower "
      "rate");
}

}  // namespace btx
