#pragma once

#include <btx/error.hpp>

namespace btx {

/// What is said of probabilities that are NaN.
inline Error no_number() {
  return Error(
      "the model's probabilities are no numbers (NaN); look for NaN in its weights ('btx "
      "inspect'), or compute in float32");
}

}  // namespace btx
