#pragma once
#include "cuda/team.hpp"

namespace btx::cuda {

/// A row's greatest number, 0 where that is infinite, and the sum of exponentials relative to it:
/// logsumexp is top + log(sum), as at::logsumexp has it.
struct LogSum {
  float top, sum;
};

/// Of n numbers, by a team that is part of a warp; n may differ between teams.
__device__ __forceinline__ LogSum log_sum(const float* row, int n) {
  const int lane = static_cast<int>(threadIdx.x), lanes = static_cast<int>(blockDim.x);
  float* const none = nullptr;
  float top = -INFINITY, sum = 0;
  for (int i = lane; i < n; i += lanes) top = fmaxf(top, row[i]);
  top = over_team<Greater>(top, none);
  if (!(fabsf(top) < INFINITY)) top = 0;
  for (int i = lane; i < n; i += lanes) sum += expf(row[i] - top);
  return {top, over_team<Add>(sum, none)};
}

}  // namespace btx::cuda
