// Random numbers as base/random.cpp has them: Philox 4x32-10, the same bits.
// Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
#include "cuda/kernels.hpp"
#include "cuda/team.hpp"

namespace btx::cuda {
namespace {

constexpr unsigned kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
constexpr unsigned kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;

/// The first of the four 32-bit numbers of this key and counter.
__device__ __forceinline__ unsigned philox(unsigned k0, unsigned k1, std::uint64_t counter) {
  unsigned c0 = static_cast<unsigned>(counter), c1 = static_cast<unsigned>(counter >> 32);
  unsigned c2 = 0, c3 = 0;
  BTX_UNROLL
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{kMultiplier0} * c0;
    const std::uint64_t p1 = std::uint64_t{kMultiplier1} * c2;
    c0 = static_cast<unsigned>(p1 >> 32) ^ c1 ^ k0;
    c1 = static_cast<unsigned>(p1);
    c2 = static_cast<unsigned>(p0 >> 32) ^ c3 ^ k1;
    c3 = static_cast<unsigned>(p0);
    k0 += kWeyl0;
    k1 += kWeyl1;
  }
  return c0;
}

__global__ void __launch_bounds__(kThreads)
    fill_rows(unsigned k0, unsigned k1, const std::int64_t* index, std::int64_t rows, int columns,
              float* out) {
  const std::int64_t row = team_row();
  if (row >= rows) return;
  const std::uint64_t first =
      static_cast<std::uint64_t>(index[row]) * static_cast<unsigned>(columns);
  for (int i = static_cast<int>(threadIdx.x); i < columns; i += static_cast<int>(blockDim.x)) {
    const unsigned bits = philox(k0, k1, first + static_cast<unsigned>(i)) >> 8;
    out[row * columns + i] =
        fminf((static_cast<float>(bits) + 0.5F) * 0x1p-24F, 1 - 0x1p-24F);  // the last rounds to 1
  }
}

}  // namespace

BTX_CUDA_FUNCTION int btx_cuda_uniform(void* stream, std::uint64_t key, const std::int64_t* index,
                                       std::int64_t rows, std::int64_t columns, float* out) {
  if (rows == 0 || columns == 0) return 0;
  const dim3 block = row_block(rows, columns, 1, kWarp);
  return launch(fill_rows, row_grid(rows, block), block, stream, static_cast<unsigned>(key),
                static_cast<unsigned>(key >> 32), index, rows, static_cast<int>(columns), out);
}

}  // namespace btx::cuda
