#pragma once
// The numbers of one AdamW update. Without LibTorch's headers: the row loops of the CPU are
// compiled once for each instruction set, and may share no inline function with the rest of the
// program.

namespace btx {

/// What the optimizer does to a segment of the flat buffers (Ops::adamw in kernels/ops.hpp). The
/// numbers are rounded to float32, the type of the masters, so that all devices use the same ones.
struct AdamWStep {
  float lr, beta1, beta2, epsilon, weight_decay;
  float correction1, correction2;  ///< 1 - beta1^t and 1 - beta2^t in step t, which counts from 1
  float gradient_scale;            ///< of clipping
};

}  // namespace btx
