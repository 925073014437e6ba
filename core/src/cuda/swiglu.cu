// SwiGLU and its gradients, element by element: what a block of a row does not share it does not
// wait for.
#include "cuda/dispatch.hpp"
#include "cuda/gate.hpp"
#include "cuda/kernels.hpp"
#include "cuda/team.hpp"

namespace btx::cuda {
namespace {

constexpr int kEach = 2, kMostLanes = 512;

template <class T, int W>
__global__ void __launch_bounds__(kMostLanes)
    swiglu_rows(const T* x, std::int64_t rows, int width, T* y) {
  const std::int64_t row = team_row();
  if (row >= rows) return;
  x += row * 2 * width;
  y += row * width;
  for (int i = static_cast<int>(threadIdx.x) * W; i < width;
       i += static_cast<int>(blockDim.x) * W) {
    const Pack<T, W> a = load<W>(x + i), b = load<W>(x + width + i);
    store(y + i, narrow<T>(gated(widen(a), widen(b))));
  }
}

template <class T, int W>
__global__ void __launch_bounds__(kMostLanes)
    swiglu_gradient_rows(const T* x, const T* dy, std::int64_t rows, int width, T* dx) {
  const std::int64_t row = team_row();
  if (row >= rows) return;
  x += row * 2 * width;
  dx += row * 2 * width;
  dy += row * width;
  for (int i = static_cast<int>(threadIdx.x) * W; i < width;
       i += static_cast<int>(blockDim.x) * W) {
    const Pack<T, W> a = load<W>(x + i), b = load<W>(x + width + i), g = load<W>(dy + i);
    const Gate<W> made = gate_gradient(widen(a), widen(b), widen(g), 1.0F);
    store(dx + i, narrow<T>(made.da));
    store(dx + width + i, narrow<T>(made.db));
  }
}

}  // namespace

BTX_CUDA_FUNCTION int btx_cuda_swiglu(void* stream, Type type, const void* x, std::int64_t rows,
                                      std::int64_t width, void* y) {
  if (rows == 0 || width == 0) return 0;
  return with_access(type, width, {x, y}, [&](auto access) {
    using T = typename decltype(access)::Element;
    constexpr int kWide = decltype(access)::kWide;
    const dim3 block = row_block(rows, width / kWide, kEach, kMostLanes);
    return launch(swiglu_rows<T, kWide>, row_grid(rows, block), block, stream,
                  static_cast<const T*>(x), rows, static_cast<int>(width), static_cast<T*>(y));
  });
}

BTX_CUDA_FUNCTION int btx_cuda_swiglu_backward(void* stream, Type type, const void* x,
                                               const void* dy, std::int64_t rows,
                                               std::int64_t width, void* dx) {
  if (rows == 0 || width == 0) return 0;
  return with_access(type, width, {x, dy, dx}, [&](auto access) {
    using T = typename decltype(access)::Element;
    constexpr int kWide = decltype(access)::kWide;
    const dim3 block = row_block(rows, width / kWide, kEach, kMostLanes);
    return launch(swiglu_gradient_rows<T, kWide>, row_grid(rows, block), block, stream,
                  static_cast<const T*>(x), static_cast<const T*>(dy), rows,
                  static_cast<int>(width), static_cast<T*>(dx));
  });
}

}  // namespace btx::cuda
