// The gradients of routing_sums: a team a token, in warps at most.
#include "cuda/kernels.hpp"
#include "cuda/log_sum.hpp"
#include "cuda/team.hpp"

namespace btx::cuda {
namespace {

constexpr int kEach = 4;

/// What is not null is written.
struct Gradients {
  float *weights, *probabilities, *logits;
};

/// dlogits of a row: dz 2 lse softmax(logits), as the gradient of dz lse^2 is.
__device__ __forceinline__ void write_logits(const float* logits, int experts, float dz, bool live,
                                             bool counted, float* dlogits) {
  const LogSum row = log_sum(logits, counted ? experts : 0);
  if (!live) return;
  const float scale = 2 * dz * (row.top + logf(row.sum)) / row.sum;
  for (int i = static_cast<int>(threadIdx.x); i < experts; i += static_cast<int>(blockDim.x)) {
    dlogits[i] = counted ? scale * expf(logits[i] - row.top) : 0;
  }
}

__global__ void __launch_bounds__(kThreads)
    unsum_tokens(const float* dsums, const std::int64_t* slots, const float* logits,
                 const bool* padding, int rows, int tokens, int experts, int slots_per_token,
                 Gradients to) {
  const auto token = static_cast<int>(team_row());
  const int lane = static_cast<int>(threadIdx.x), lanes = static_cast<int>(blockDim.x);
  const bool live = token < rows, counted = live && (padding == nullptr || !padding[token]);
  const std::int64_t first = std::int64_t{token} * experts;
  if (live) dsums += token / tokens * (4 * std::int64_t{experts} + 2);
  if (to.logits != nullptr) {
    const float dz = counted ? dsums[4 * std::int64_t{experts}] : 0;
    write_logits(logits + first, experts, dz, live, counted, to.logits + first);
  }
  if (!live) return;
  for (int i = lane; to.weights != nullptr && i < slots_per_token; i += lanes) {
    const std::int64_t at = std::int64_t{token} * slots_per_token + i, slot = slots[at];
    to.weights[at] = counted && slot >= 0 && slot < experts ? dsums[slot] : 0;
  }
  for (int i = lane; to.probabilities != nullptr && i < experts; i += lanes) {
    to.probabilities[first + i] = counted ? dsums[experts + i] : 0;
  }
}

}  // namespace

BTX_CUDA_FUNCTION int btx_cuda_routing_sums_backward(void* stream, const float* dsums,
                                                     const std::int64_t* slots, const float* logits,
                                                     const bool* padding, std::int64_t groups,
                                                     std::int64_t tokens, std::int64_t experts,
                                                     std::int64_t slots_per_token, float* dweights,
                                                     float* dprobabilities, float* dlogits) {
  const std::int64_t rows = groups * tokens;
  if (rows == 0) return 0;
  const dim3 block = row_block(rows, experts, kEach, kWarp);
  return launch(unsum_tokens, row_grid(rows, block), block, stream, dsums, slots, logits, padding,
                static_cast<int>(rows), static_cast<int>(tokens), static_cast<int>(experts),
                static_cast<int>(slots_per_token), Gradients{dweights, dprobabilities, dlogits});
}

}  // namespace btx::cuda
