#pragma once
// The counting sort of slots by one block, for so few that more blocks would gain less than two
// more launches cost. Each warp has a run of neighbouring slots, 32 at a time, whose experts its
// lanes hold in registers: the warps count, their counts are added up over experts and warps to
// where each warp's slots of an expert begin.
#include "cuda/block_scan.hpp"
#include "cuda/kernels.hpp"

namespace btx::cuda {

constexpr int kSortWarps = 32, kSortThreads = kSortWarps * kWarp;
constexpr int kSortRounds = static_cast<int>(kSortAtOnce) / kSortThreads;
/// Those of no expert are of an expert E, what is beyond M of an expert E + 1.
constexpr int kSortColumns = static_cast<int>(kSortAtOnceExperts) + 2;
constexpr int kSortCounts = kSortWarps * kSortColumns;
static_assert(kSortAtOnce % kSortThreads == 0 && kSortColumns <= kSortThreads);
// The order is put together where the counts were, in 16 bits a row.
static_assert(kSortAtOnce <= std::int64_t{1} << 16 && 2 * kSortAtOnce <= 4 * kSortCounts);

/// The lanes whose expert is this one's; experts are below 2^bits.
__device__ __forceinline__ unsigned same_expert(int expert, int bits) {
  unsigned same = kAllLanes;
  for (int bit = 0; bit < bits; ++bit) {
    const bool set = (expert >> bit & 1) != 0;
    const unsigned lanes = __ballot_sync(kAllLanes, set);
    same &= set ? lanes : ~lanes;
  }
  return same;
}

/// The warp's count of each expert goes up by its lanes of that expert. Gives what the count would
/// have been after the lanes before this one.
__device__ __forceinline__ int count_lanes(int expert, int bits, int* counts) {
  const unsigned same = same_expert(expert, bits);
  const int rank = __popc(same & ((1U << threadIdx.x % kWarp) - 1));
  const int before = counts[expert];
  __syncwarp();
  if (rank == 0) counts[expert] = before + __popc(same);
  __syncwarp();
  return before + rank;
}

/// A thread for each expert turns its counts of the warps into where their slots begin.
__device__ __forceinline__ void begins_of_warps(int experts, int* part, int* counts,
                                                std::int32_t* ends) {
  const int expert = static_cast<int>(threadIdx.x), columns = experts + 2;
  int count = 0, total = 0;
  for (int warp = 0; warp < kSortWarps && expert < columns; ++warp) {
    count += counts[warp * columns + expert];
  }
  int begin = sum_before<kSortWarps>(count, part, &total);
  if (expert < experts) ends[expert] = begin + count;
  for (int warp = 0; warp < kSortWarps && expert < columns; ++warp) {
    int& mine = counts[warp * columns + expert];
    const int of_warp = mine;
    mine = begin;
    begin += of_warp;
  }
  __syncthreads();
}

/// The experts of the thread's slots, `first` and every kWarp-th one behind it.
__device__ __forceinline__ void hold_experts(const std::int64_t* slots, int first, int rounds,
                                             int rows, int experts, int (&held)[kSortRounds]) {
  BTX_UNROLL
  for (int i = 0; i < kSortRounds; ++i) {
    held[i] = experts + 1;
    if (i >= rounds || first + i * kWarp >= rows) continue;
    const std::int64_t expert = slots[first + i * kWarp];
    held[i] = static_cast<int>(expert >= 0 && expert < experts ? expert : experts);
  }
}

/// place and order of slots whose rows the threads hold; `shared` has room for the order, so that
/// it is written row by row.
__device__ __forceinline__ void write_rows(const int (&held)[kSortRounds], int first, int rounds,
                                           int rows, std::uint16_t* shared, std::int32_t* order,
                                           std::int32_t* place) {
  BTX_UNROLL
  for (int i = 0; i < kSortRounds; ++i) {
    const int slot = first + i * kWarp;
    if (i >= rounds || slot >= rows) continue;
    shared[held[i]] = static_cast<std::uint16_t>(slot);
    place[slot] = held[i];
  }
  __syncthreads();
  for (int i = static_cast<int>(threadIdx.x); i < rows; i += kSortThreads) order[i] = shared[i];
}

static __global__ void __launch_bounds__(kSortThreads)
    sort_slots(const std::int64_t* slots, int rows, int experts, int bits, std::int32_t* order,
               std::int32_t* place, std::int32_t* ends) {
  BTX_SHARED(int, counts, kSortCounts);
  BTX_SHARED(int, part, kSortWarps);
  const int thread = static_cast<int>(threadIdx.x), columns = experts + 2;
  const int rounds = (rows + kSortThreads - 1) / kSortThreads;
  const int first = thread / kWarp * rounds * kWarp + thread % kWarp;
  int held[kSortRounds];  // a slot's expert; beside it, its rank among its warp's; its row
  hold_experts(slots, first, rounds, rows, experts, held);
  for (int i = thread; i < kSortWarps * columns; i += kSortThreads) counts[i] = 0;
  __syncthreads();
  int* const mine = counts + thread / kWarp * columns;
  BTX_UNROLL
  for (int i = 0; i < kSortRounds; ++i) {
    if (i < rounds) held[i] = held[i] << 16 | count_lanes(held[i], bits, mine);
  }
  __syncthreads();
  begins_of_warps(experts, part, counts, ends);
  BTX_UNROLL
  for (int i = 0; i < kSortRounds; ++i) {
    if (i < rounds) held[i] = mine[held[i] >> 16] + (held[i] & 0xFFFF);
  }
  __syncthreads();  // before the counts' place is the order's
  write_rows(held, first, rounds, rows, reinterpret_cast<std::uint16_t*>(counts), order, place);
}

}  // namespace btx::cuda
