#pragma once
// The functions whose exact versions would cost more than the memory traffic of these kernels.
#include "cuda/launch.hpp"

namespace btx::cuda {

/// e^x to a few ulp; results below the smallest normal number are 0.
__device__ __forceinline__ float exponential(float x) {
#ifdef __CUDACC__
  float made;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(made) : "f"(x * 1.44269504F));
  return made;
#else
  return expf(x);
#endif
}

__device__ __forceinline__ float sigmoid(float x) {
  return __fdividef(1.0F, 1.0F + exponential(-x));
}

}  // namespace btx::cuda
