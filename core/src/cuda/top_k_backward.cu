// The gradient of both softmaxes of top_k: a team a row, in warps at most.
#include "cuda/kernels.hpp"
#include "cuda/team.hpp"

namespace btx::cuda {
namespace {

constexpr int kEach = 4;

/// <a, b> of n numbers over the team, which is part of a warp.
__device__ __forceinline__ float dot(const float* a, const float* b, int n) {
  float sum = 0;
  for (int i = static_cast<int>(threadIdx.x); i < n; i += static_cast<int>(blockDim.x)) {
    sum += a[i] * b[i];
  }
  return over_team<Add>(sum, static_cast<float*>(nullptr));
}

__global__ void __launch_bounds__(kThreads)
    unchoose_rows(const float* dweights, const float* dprobabilities, const std::int64_t* slots,
                  const float* weights, const float* probabilities, std::int64_t rows, int experts,
                  int k, float* dlogits) {
  const std::int64_t row = team_row();
  const bool live = row < rows;
  const int lane = static_cast<int>(threadIdx.x), lanes = static_cast<int>(blockDim.x);
  const std::int64_t first = row * experts, slot = row * k;
  float all = 0, chosen = 0;
  if (dprobabilities != nullptr) {
    all = dot(dprobabilities + first, probabilities + first, live ? experts : 0);
  }
  if (dweights != nullptr) chosen = dot(dweights + slot, weights + slot, live ? k : 0);
  if (!live) return;
  for (int i = lane; i < experts; i += lanes) {
    const bool has = dprobabilities != nullptr;
    dlogits[first + i] = has ? probabilities[first + i] * (dprobabilities[first + i] - all) : 0;
  }
  if (dweights == nullptr) return;
  // The thread that has just written an expert's number is the one that adds to it.
  for (int i = 0; i < k; ++i) {
    const int expert = static_cast<int>(slots[slot + i]);
    if (expert % lanes != lane) continue;
    dlogits[first + expert] += weights[slot + i] * (dweights[slot + i] - chosen);
  }
}

}  // namespace

BTX_CUDA_FUNCTION int btx_cuda_top_k_backward(void* stream, const float* dweights,
                                              const float* dprobabilities,
                                              const std::int64_t* slots, const float* weights,
                                              const float* probabilities, std::int64_t rows,
                                              std::int64_t experts, std::int64_t k,
                                              float* dlogits) {
  if (rows == 0) return 0;
  const dim3 block = row_block(rows, experts, kEach, kWarp);
  return launch(unchoose_rows, row_grid(rows, block), block, stream, dweights, dprobabilities,
                slots, weights, probabilities, rows, static_cast<int>(experts), static_cast<int>(k),
                dlogits);
}

}  // namespace btx::cuda
