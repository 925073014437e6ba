#pragma once
#include "cuda/team.hpp"

namespace btx::cuda {

/// The sum of value over the threads before this one, in a block of Warps whole warps with no y;
/// that of all goes to *total. `part` holds Warps numbers. All threads have called it when it
/// returns.
template <int Warps>
__device__ __forceinline__ int sum_before(int value, int* part, int* total) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  int sum = value;
  for (int offset = 1; offset < kWarp; offset *= 2) {
    const int other = __shfl_up_sync(kAllLanes, sum, offset);
    if (lane >= offset) sum += other;
  }
  if (lane == kWarp - 1) part[warp] = sum;
  __syncthreads();
  int before = sum - value, all = 0;
  for (int i = 0; i < Warps; ++i) {
    if (i < warp) before += part[i];
    all += part[i];
  }
  __syncthreads();  // before part is written again
  *total = all;
  return before;
}

}  // namespace btx::cuda
