#pragma once
// SwiGLU of one pack: y = silu(a) b, and its gradients.
#include "cuda/exponential.hpp"
#include "cuda/packs.hpp"

namespace btx::cuda {

template <int W>
__device__ __forceinline__ Floats<W> gated(const Floats<W>& a, const Floats<W>& b) {
  Floats<W> y;
  BTX_UNROLL
  for (int i = 0; i < W; ++i) y.v[i] = a.v[i] * sigmoid(a.v[i]) * b.v[i];
  return y;
}

template <int W>
struct Gate {
  Floats<W> y, da, db;
};

/// y, and the gradients of a and b by `weight` dy.
template <int W>
__device__ __forceinline__ Gate<W> gate_gradient(const Floats<W>& a, const Floats<W>& b,
                                                 const Floats<W>& dy, float weight) {
  Gate<W> made;
  BTX_UNROLL
  for (int i = 0; i < W; ++i) {
    const float s = sigmoid(a.v[i]);
    const float silu = a.v[i] * s;
    const float gradient = weight * dy.v[i];
    made.y.v[i] = silu * b.v[i];
    made.da.v[i] = gradient * b.v[i] * (s + silu * (1.0F - s));
    made.db.v[i] = gradient * silu;
  }
  return made;
}

}  // namespace btx::cuda
