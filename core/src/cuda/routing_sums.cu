// What balances and reports need of a routing: sums over the tokens of each sequence. A block has
// kSumTokens tokens of one sequence and as many experts as the lanes of its teams hold; its teams
// take the tokens by turns. A second kernel adds the blocks of a sequence up, in their order.
#include "cuda/kernels.hpp"
#include "cuda/log_sum.hpp"
#include "cuda/team.hpp"

namespace btx::cuda {
namespace {

constexpr int kBlock = 256, kEach = 4, kTokens = static_cast<int>(kSumTokens);
/// A thread's sums: u, p, load and chosen of kEach experts, then z and the number of tokens.
constexpr int kP = kEach, kLoad = 2 * kEach, kChosen = 3 * kEach, kZ = 4 * kEach, kCount = kZ + 2;
/// Of one kind of sum in shared memory; not a multiple of 32, so that kinds differ in their banks.
constexpr int kStride = kBlock + kEach;
constexpr int kParts = 8;  ///< of the blocks of a sequence, which are added up side by side
// All lanes of a warp take as many tokens: teams have 4 lanes or more.
static_assert(kTokens % (kBlock / 4) == 0);

struct Routed {
  const std::int64_t *slots, *chosen;
  const float *weights, *probabilities, *logits;
  const bool* padding;
};

struct Sizes {
  std::int64_t tokens;
  int experts, slots, chosen;
};

/// For each slot 1 to what a thread counts of its expert, and its weight to what it sums. `first`
/// is the thread's first expert.
template <bool Weighted>
__device__ __forceinline__ void add_slots(const std::int64_t* slots, const float* weights, int n,
                                          const Sizes& of, int first, float* counts, float* sums) {
  for (int s = 0; s < n; ++s) {
    const std::int64_t slot = slots[s];
    const int ahead = slot >= 0 && slot < of.experts ? static_cast<int>(slot) - first : -1;
    const float weight = Weighted ? weights[s] : 0;
    BTX_UNROLL
    for (int i = 0; i < kEach; ++i) {
      if (ahead != i * static_cast<int>(blockDim.x)) continue;
      counts[i] += 1;
      if (Weighted) sums[i] += weight;
    }
  }
}

__device__ __forceinline__ void add_token(const Routed& in, const Sizes& of, std::int64_t token,
                                          int first, float (&sums)[kCount]) {
  add_slots<true>(in.slots + token * of.slots, in.weights + token * of.slots, of.slots, of, first,
                  sums + kLoad, sums);
  if (in.chosen != nullptr) {
    add_slots<false>(in.chosen + token * of.chosen, nullptr, of.chosen, of, first, sums + kChosen,
                     nullptr);
  }
  BTX_UNROLL
  for (int i = 0; i < kEach; ++i) {
    const int expert = first + i * static_cast<int>(blockDim.x);
    if (expert < of.experts) sums[kP + i] += in.probabilities[token * of.experts + expert];
  }
  sums[kZ + 1] += 1;
}

/// The sums of all teams, of each kind and expert, to `out` [4 E + 2].
__device__ __forceinline__ void add_teams(float (&sums)[kCount], int experts, float* part,
                                          float* out) {
  const int lanes = static_cast<int>(blockDim.x);
  const int thread = static_cast<int>(threadIdx.y) * lanes + static_cast<int>(threadIdx.x);
  BTX_UNROLL
  for (int i = 0; i < kCount; ++i) part[i * kStride + thread] = sums[i];
  __syncthreads();
  for (int i = thread; i < kCount * lanes; i += kBlock) {
    const int lane = i % lanes, kind = i / lanes;
    const int expert = (static_cast<int>(blockIdx.y) * kEach + kind % kEach) * lanes + lane;
    const bool tail = kind >= kZ;  // of a row, not of an expert
    if (tail ? lane > 0 || blockIdx.y > 0 : expert >= experts) continue;
    float sum = 0;
    for (int at = lane; at < kBlock; at += lanes) sum += part[kind * kStride + at];
    out[tail ? 4 * experts + kind - kZ : kind / kEach * experts + expert] = sum;
  }
}

__global__ void __launch_bounds__(kBlock)
    sum_tokens(Routed in, Sizes of, unsigned blocks, float* partial) {
  BTX_SHARED(float, part, kCount* kStride);
  const std::int64_t group = blockIdx.x / blocks, begin = blockIdx.x % blocks * kSumTokens;
  const int first = static_cast<int>(blockIdx.y * kEach * blockDim.x + threadIdx.x);
  float sums[kCount] = {};
  for (int i = static_cast<int>(threadIdx.y); i < kTokens; i += static_cast<int>(blockDim.y)) {
    const std::int64_t token = group * of.tokens + begin + i;
    const bool counted = begin + i < of.tokens && (in.padding == nullptr || !in.padding[token]);
    if (blockIdx.y == 0) {
      const LogSum row = log_sum(in.logits + token * of.experts, counted ? of.experts : 0);
      const float z = row.top + logf(row.sum);
      if (counted) sums[kZ] += z * z;
    }
    if (counted) add_token(in, of, token, first, sums);
  }
  if (in.chosen == nullptr) {
    BTX_UNROLL
    for (int i = 0; i < kEach; ++i) sums[kChosen + i] = sums[kLoad + i];
  }
  add_teams(sums, of.experts, part, partial + blockIdx.x * (4 * std::int64_t{of.experts} + 2));
}

/// sums [G, columns] of partial [G, blocks, columns].
__global__ void __launch_bounds__(kWarp* kParts)
    sum_blocks(const float* partial, int blocks, int columns, float* sums) {
  BTX_SHARED(float, part, kWarp* kParts);
  const int lane = static_cast<int>(threadIdx.x),
            column = static_cast<int>(blockIdx.y) * kWarp + lane;
  partial += std::int64_t{blockIdx.x} * blocks * columns;
  float sum = 0;
  for (int i = static_cast<int>(threadIdx.y); i < blocks && column < columns; i += kParts) {
    sum += partial[std::int64_t{i} * columns + column];
  }
  part[static_cast<int>(threadIdx.y) * kWarp + lane] = sum;
  __syncthreads();
  if (threadIdx.y > 0 || column >= columns) return;
  for (int i = 1; i < kParts; ++i) sum += part[i * kWarp + lane];
  sums[std::int64_t{blockIdx.x} * columns + column] = sum;
}

}  // namespace

BTX_CUDA_FUNCTION int btx_cuda_routing_sums(
    void* stream, const std::int64_t* slots, const std::int64_t* chosen, const float* weights,
    const float* probabilities, const float* logits, const bool* padding, std::int64_t groups,
    std::int64_t tokens, std::int64_t experts, std::int64_t slots_per_token,
    std::int64_t chosen_per_token, float* partial, float* sums) {
  if (groups == 0) return 0;
  const Routed in{slots, chosen, weights, probabilities, logits, padding};
  const Sizes of{tokens, static_cast<int>(experts), static_cast<int>(slots_per_token),
                 static_cast<int>(chosen_per_token)};
  // One block at least: it writes the zeros of no tokens.
  const auto blocks = static_cast<unsigned>(tokens > 0 ? blocks_for(tokens, kSumTokens) : 1);
  const unsigned lanes = row_block(kBlock, experts, kEach, kWarp).x;
  const dim3 grid(static_cast<unsigned>(groups) * blocks,
                  static_cast<unsigned>(blocks_for(experts, std::int64_t{kEach} * lanes)));
  const int error = launch(sum_tokens, grid, dim3(lanes, kBlock / lanes), stream, in, of, blocks,
                           blocks > 1 ? partial : sums);
  if (error != 0 || blocks == 1) return error;
  const int columns = 4 * of.experts + 2;
  return launch(
      sum_blocks,
      dim3(static_cast<unsigned>(groups), static_cast<unsigned>(blocks_for(columns, kWarp))),
      dim3(kWarp, kParts), stream, partial, static_cast<int>(blocks), columns, sums);
}

}  // namespace btx::cuda
