// A stable counting sort in blocks of kSortBlock slots: each block counts its slots of each expert,
// a scan over the blocks turns counts into where a block's slots of an expert begin among all of
// that expert, and a slot's rank in its block is the number of equal ones before it. Slots of no
// expert are those of an expert E.
//
// counts is [E + 1, blocks + 1]; the last column holds the sums. Few slots are sorted by a single
// block, sort_one_block.hpp.
#include "cuda/block_scan.hpp"
#include "cuda/kernels.hpp"
#include "cuda/sort_one_block.hpp"

namespace btx::cuda {
namespace {

constexpr int kBlock = static_cast<int>(kSortBlock);

/// Each slot's expert, all of the block's in shared memory; -2, of which there is none, beyond M.
__device__ __forceinline__ int share_expert(const std::int64_t* slots, std::int64_t rows,
                                            std::int64_t experts, int* shared) {
  const std::int64_t at = std::int64_t{blockIdx.x} * kBlock + threadIdx.x;
  int mine = -2;
  if (at < rows) {
    const std::int64_t expert = slots[at];
    mine = static_cast<int>(expert >= 0 && expert < experts ? expert : experts);
  }
  shared[threadIdx.x] = mine;
  __syncthreads();
  return mine;
}

__global__ void __launch_bounds__(kBlock)
    count_slots(const std::int64_t* slots, std::int64_t rows, std::int64_t experts, int* counts) {
  BTX_SHARED(int, shared, kBlock);
  share_expert(slots, rows, experts, shared);
  for (std::int64_t expert = threadIdx.x; expert <= experts; expert += kBlock) {
    int count = 0;
    for (int i = 0; i < kBlock; ++i) count += shared[i] == expert ? 1 : 0;
    counts[expert * (gridDim.x + 1) + blockIdx.x] = count;
  }
}

/// A block for each expert: the counts of the blocks become sums of those before.
__global__ void __launch_bounds__(kBlock) scan_blocks(int* counts, int blocks) {
  BTX_SHARED(int, part, kBlock / kWarp);
  counts += std::int64_t{blockIdx.x} * (blocks + 1);
  int sum = 0;
  for (int first = 0; first < blocks; first += kBlock) {
    const int at = first + static_cast<int>(threadIdx.x);
    int total = 0;
    const int before = sum_before<kBlock / kWarp>(at < blocks ? counts[at] : 0, part, &total);
    if (at < blocks) counts[at] = sum + before;
    sum += total;
  }
  if (threadIdx.x == 0) counts[blocks] = sum;
}

/// Where the rows of `mine` begin. The first block writes the ends of all experts.
__device__ __forceinline__ int begin_of(int mine, const int* counts, std::int64_t experts,
                                        int blocks, int* part, int* begins, std::int32_t* ends) {
  int sum = 0, begin = 0;
  for (int first = 0; first <= experts; first += kBlock) {
    const int expert = first + static_cast<int>(threadIdx.x);
    const int count = expert <= experts ? counts[std::int64_t{expert} * (blocks + 1) + blocks] : 0;
    int total = 0;
    begins[threadIdx.x] = sum + sum_before<kBlock / kWarp>(count, part, &total);
    if (blockIdx.x == 0 && expert < experts) ends[expert] = begins[threadIdx.x] + count;
    __syncthreads();
    if (mine >= first && mine < first + kBlock) begin = begins[mine - first];
    sum += total;
  }
  return begin;
}

__global__ void __launch_bounds__(kBlock)
    place_slots(const std::int64_t* slots, std::int64_t rows, std::int64_t experts,
                const int* counts, int blocks, std::int32_t* order, std::int32_t* place,
                std::int32_t* ends) {
  BTX_SHARED(int, shared, kBlock);
  BTX_SHARED(int, part, kBlock / kWarp);
  BTX_SHARED(int, begins, kBlock);
  const int mine = share_expert(slots, rows, experts, shared);
  int to = begin_of(mine, counts, experts, blocks, part, begins, ends);
  if (mine < 0) return;
  to += counts[std::int64_t{mine} * (blocks + 1) + blockIdx.x];
  for (unsigned i = 0; i < threadIdx.x; ++i) to += shared[i] == mine ? 1 : 0;
  const auto slot = static_cast<std::int32_t>(blockIdx.x * kBlock + threadIdx.x);
  order[to] = slot;
  place[slot] = to;
}

int sort_at_once(void* stream, const std::int64_t* slots, int rows, int experts,
                 std::int32_t* order, std::int32_t* place, std::int32_t* ends) {
  int bits = 0;
  while (1 << bits < experts + 2) ++bits;
  return launch(sort_slots, 1, kSortThreads, stream, slots, rows, experts, bits, order, place,
                ends);
}

}  // namespace

BTX_CUDA_FUNCTION int btx_cuda_sort_by_expert(void* stream, const std::int64_t* slots,
                                              std::int64_t sorted_rows, std::int64_t experts,
                                              std::int32_t* order, std::int32_t* place,
                                              std::int32_t* ends, std::int32_t* counts) {
  if (sorted_rows <= kSortAtOnce && experts <= kSortAtOnceExperts) {
    return sort_at_once(stream, slots, static_cast<int>(sorted_rows), static_cast<int>(experts),
                        order, place, ends);
  }
  const auto blocks = static_cast<unsigned>(blocks_for(sorted_rows, kBlock));
  int error = 0;
  if (blocks > 0) {
    error = launch(count_slots, blocks, kBlock, stream, slots, sorted_rows, experts, counts);
  }
  if (error == 0) {
    error = launch(scan_blocks, static_cast<unsigned>(experts + 1), kBlock, stream, counts,
                   static_cast<int>(blocks));
  }
  if (error != 0) return error;
  // One block at least: it writes the ends of experts without rows.
  return launch(place_slots, blocks > 0 ? blocks : 1, kBlock, stream, slots, sorted_rows, experts,
                counts, static_cast<int>(blocks), order, place, ends);
}

}  // namespace btx::cuda
