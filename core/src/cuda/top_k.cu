// The experts that a router chooses for each token, with both softmaxes: a team holds its row in
// registers and finds the greatest score that is left k times.
#include "cuda/kernels.hpp"
#include "cuda/team.hpp"

namespace btx::cuda {
namespace {

constexpr int kMostHeld = 16, kMostLanes = 512;
static_assert(kMostExperts == std::int64_t{kMostHeld} * kMostLanes);
constexpr int kInvalidValue = 1;  ///< cudaErrorInvalidValue

struct Larger {
  __device__ __forceinline__ std::uint64_t operator()(std::uint64_t a, std::uint64_t b) const {
    return a > b ? a : b;
  }
};

/// A thread holds the experts threadIdx.x, threadIdx.x + blockDim.x and so on: how many of them.
__device__ __forceinline__ int held_of(int experts) {
  const int lane = static_cast<int>(threadIdx.x), lanes = static_cast<int>(blockDim.x);
  return (experts - lane + lanes - 1) / lanes;
}

/// Greater for a greater x; one number for both zeros, the greatest for a NaN, never 0.
__device__ __forceinline__ unsigned order_of(float x) {
  if (x != x) return 0xFFFFFFFFU;
  const unsigned bits = __float_as_uint(x + 0.0F);
  return (bits >> 31) != 0 ? ~bits : bits | 0x80000000U;
}

/// Softmax of a row. It is read again: scores beside keys would be too many registers. part holds
/// 2 x kMostWarps numbers.
template <int Held>
__device__ __forceinline__ void softmax_row(const float* scores, int held, float* part,
                                            float* out) {
  const int lanes = static_cast<int>(blockDim.x);
  scores += threadIdx.x;
  out += threadIdx.x;
  float top = -INFINITY, sum = 0, e[Held];
  BTX_UNROLL
  for (int i = 0; i < Held; ++i) {
    e[i] = i < held ? scores[i * lanes] : -INFINITY;
    top = fmaxf(top, e[i]);
  }
  top = over_team<Greater>(top, part);
  BTX_UNROLL
  for (int i = 0; i < Held; ++i) {
    e[i] = i < held ? expf(e[i] - top) : 0;
    sum += e[i];
  }
  const float inverse = 1.0F / over_team<Add>(sum, part + kMostWarps);
  BTX_UNROLL
  for (int i = 0; i < Held; ++i) {
    if (i < held) out[i * lanes] = e[i] * inverse;
  }
}

/// k times the greatest of what is left, the first of equal ones; `write` says whether to slots.
/// The thread t of the team writes those of t, t + blockDim.x and so on. part: as softmax_row.
template <int Held>
__device__ __forceinline__ void choose(unsigned (&keys)[Held], int k, bool write,
                                       std::uint64_t* part, std::int64_t* slots) {
  unsigned writer = 0;
  for (int round = 0; round < k; ++round) {
    unsigned key = 0;
    int held = 0;
    BTX_UNROLL
    for (int i = 0; i < Held; ++i) {
      if (keys[i] > key) key = keys[i], held = i;
    }
    // The complement: of equal keys the lowest expert is to be the greatest number. The parts take
    // turns, so that none is written before all have read it.
    const unsigned expert = threadIdx.x + static_cast<unsigned>(held) * blockDim.x;
    const std::uint64_t best =
        over_team<Larger>(std::uint64_t{key} << 32 | ~expert, part + round % 2 * kMostWarps);
    const unsigned chosen = ~static_cast<unsigned>(best);
    BTX_UNROLL
    for (int i = 0; i < Held; ++i) keys[i] = chosen == expert && i == held ? 0 : keys[i];
    if (write && threadIdx.x == writer) slots[round] = chosen;
    writer = writer + 1 < blockDim.x ? writer + 1 : 0;
  }
}

/// Softmax over the k chosen scores. A thread reads the slots back that it has written itself.
__device__ __forceinline__ void weigh(const float* scores, const std::int64_t* slots, int k,
                                      float* part, float* weights) {
  const int lane = static_cast<int>(threadIdx.x), lanes = static_cast<int>(blockDim.x);
  float top = -INFINITY, sum = 0;
  for (int i = lane; i < k; i += lanes) top = fmaxf(top, scores[slots[i]]);
  top = over_team<Greater>(top, part);
  for (int i = lane; i < k; i += lanes) sum += expf(scores[slots[i]] - top);
  const float inverse = 1.0F / over_team<Add>(sum, part + kMostWarps);
  for (int i = lane; i < k; i += lanes) weights[i] = expf(scores[slots[i]] - top) * inverse;
}

template <int Held>
__global__ void __launch_bounds__(Held < kMostHeld ? kThreads : kMostLanes)
    choose_rows(const float* scores, const float* bias, std::int64_t rows, int experts, int k,
                std::int64_t* slots, float* weights, float* probabilities) {
  BTX_SHARED(float, part, 4 * kMostWarps);
  BTX_SHARED(std::uint64_t, parts, 2 * kMostWarps);
  const std::int64_t row = team_row();
  const bool live = row < rows;
  const int held = held_of(live ? experts : 0);
  scores += row * experts;
  slots += row * k;
  unsigned keys[Held];
  BTX_UNROLL
  for (int i = 0; i < Held; ++i) {
    const unsigned expert = threadIdx.x + i * blockDim.x;
    const float added = bias != nullptr && i < held ? bias[expert] : 0;
    keys[i] = i < held ? order_of(scores[expert] + added) : 0;
  }
  choose(keys, k, live, parts, slots);
  if (weights != nullptr)
    weigh(scores, slots, live ? k : 0, part + 2 * kMostWarps, weights + row * k);
  if (probabilities != nullptr) {
    softmax_row<Held>(scores, held, part, probabilities + row * experts);
  }
}

/// Threads hold as few scores as a team of the fewest lanes can do with.
template <int Held, class... Arguments>
int launch_held(void* stream, std::int64_t rows, std::int64_t experts, Arguments... arguments) {
  if constexpr (Held < kMostHeld) {
    if (experts > row_block(rows, 1, 1, 1).x * std::int64_t{Held}) {
      return launch_held<2 * Held>(stream, rows, experts, arguments...);
    }
  }
  const dim3 block = row_block(rows, experts, Held, kMostLanes);
  return launch(choose_rows<Held>, row_grid(rows, block), block, stream, arguments...);
}

}  // namespace

BTX_CUDA_FUNCTION int btx_cuda_top_k(void* stream, const float* scores, const float* bias,
                                     std::int64_t rows, std::int64_t experts, std::int64_t k,
                                     std::int64_t* slots, float* weights, float* probabilities) {
  if (experts > kMostExperts) return kInvalidValue;
  if (rows == 0) return 0;
  return launch_held<2>(stream, rows, experts, scores, bias, rows, static_cast<int>(experts),
                        static_cast<int>(k), slots, weights, probabilities);
}

}  // namespace btx::cuda
