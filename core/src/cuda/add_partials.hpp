#pragma once
// Sums over blocks that each has written for all columns, added in the blocks' order.
#include "cuda/launch.hpp"
#include "cuda/team.hpp"

#include <cstdint>

namespace btx::cuda {

constexpr int kPartialColumns = 32, kPartialParts = 8;

/// out[c] += sum over the rows of partial [rows, columns].
static __global__ void __launch_bounds__(kPartialColumns* kPartialParts)
    add_partials(const float* partial, int rows, std::int64_t columns, float* out) {
  BTX_SHARED(float, part, kPartialColumns* kPartialParts);
  const std::int64_t column = std::int64_t{blockIdx.x} * kPartialColumns + threadIdx.x;
  float sum = 0;
  if (column < columns) {
    for (int i = static_cast<int>(threadIdx.y); i < rows; i += kPartialParts) {
      sum += partial[i * columns + column];
    }
  }
  part[threadIdx.y * kPartialColumns + threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y != 0 || column >= columns) return;
  for (unsigned i = 1; i < kPartialParts; ++i) sum += part[i * kPartialColumns + threadIdx.x];
  out[column] += sum;
}

inline int launch_add_partials(void* stream, const float* partial, std::int64_t rows,
                               std::int64_t columns, float* out) {
  return launch(add_partials, static_cast<unsigned>(blocks_for(columns, kPartialColumns)),
                dim3(kPartialColumns, kPartialParts), stream, partial, static_cast<int>(rows),
                columns, out);
}

}  // namespace btx::cuda
