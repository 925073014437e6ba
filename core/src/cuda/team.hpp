#pragma once
// A team is the threads that work on one row: the x of a block; y counts its teams. Teams are parts
// of a warp, or whole warps, so that a row of any width keeps its threads busy.
#include "cuda/launch.hpp"

#include <cstdint>

namespace btx::cuda {

constexpr int kWarp = 32;
constexpr int kMostWarps = 32;  ///< of a block
constexpr int kThreads = 128;   ///< of a block of several teams
constexpr unsigned kAllLanes = 0xFFFFFFFFU;

inline std::int64_t blocks_for(std::int64_t n, std::int64_t each) {
  return (n + each - 1) / each;
}

/// The block for rows of `units` packs, of which a thread takes about `each`, and which has at most
/// `most` threads a row; whole warps.
inline dim3 row_block(std::int64_t rows, std::int64_t units, int each, int most) {
  const std::int64_t wanted = blocks_for(units, each);
  int lanes = 4;
  while (lanes < kWarp && lanes < wanted) lanes *= 2;
  if (wanted > kWarp)
    lanes = static_cast<int>(blocks_for(wanted < most ? wanted : most, kWarp)) * kWarp;
  const int least = lanes < kWarp ? kWarp / lanes : 1;
  std::int64_t teams = lanes < kThreads ? kThreads / lanes : 1;
  if (rows < teams) teams = blocks_for(rows, least) * least;
  return dim3(static_cast<unsigned>(lanes), static_cast<unsigned>(teams));
}

inline dim3 row_grid(std::int64_t rows, dim3 block) {
  return dim3(static_cast<unsigned>(blocks_for(rows, block.y)));
}

__device__ __forceinline__ std::int64_t team_row() {
  return std::int64_t{blockIdx.x} * blockDim.y + threadIdx.y;
}

struct Add {
  template <class V>
  __device__ __forceinline__ V operator()(V a, V b) const {
    return a + b;
  }
};

struct Greater {
  __device__ __forceinline__ float operator()(float a, float b) const { return fmaxf(a, b); }
};

/// R values of each thread put together over its team: the same bits in each of them. `part` holds
/// R x kMostWarps numbers, which nobody may write again before the next barrier.
template <class Combine, class V, int R>
__device__ __forceinline__ void over_team(V (&values)[R], V* part) {
  const Combine combine;
  const int lanes = static_cast<int>(blockDim.x);
  for (int offset = (lanes < kWarp ? lanes : kWarp) / 2; offset > 0; offset /= 2) {
    BTX_UNROLL
    for (int r = 0; r < R; ++r) {
      values[r] = combine(values[r], __shfl_xor_sync(kAllLanes, values[r], offset));
    }
  }
  if (lanes <= kWarp) return;
  const int thread = static_cast<int>(threadIdx.y) * lanes + static_cast<int>(threadIdx.x);
  BTX_UNROLL
  for (int r = 0; r < R; ++r) {
    if (thread % kWarp == 0) part[r * kMostWarps + thread / kWarp] = values[r];
  }
  __syncthreads();
  const int first = static_cast<int>(threadIdx.y) * lanes / kWarp;
  BTX_UNROLL
  for (int r = 0; r < R; ++r) {
    values[r] = part[r * kMostWarps + first];
    for (int i = 1; i < lanes / kWarp; ++i) {
      values[r] = combine(values[r], part[r * kMostWarps + first + i]);
    }
  }
}

template <class Combine, class V>
__device__ __forceinline__ V over_team(V value, V* part) {
  V values[1] = {value};
  over_team<Combine>(values, part);
  return values[0];
}

}  // namespace btx::cuda
