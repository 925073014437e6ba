// The gradients of rms_norm. That of w is a sum over all rows: each block's sum first, then those
// in order.
#include "cuda/add_partials.hpp"
#include "cuda/dispatch.hpp"
#include "cuda/kernels.hpp"
#include "cuda/norm/norm_gradient_held.hpp"
#include "cuda/norm/norm_gradient_wide.hpp"

namespace btx::cuda {
namespace {

unsigned partials(std::int64_t rows, std::int64_t each) {
  const std::int64_t wanted = blocks_for(rows, each);
  return static_cast<unsigned>(wanted < kNormPartials ? wanted : kNormPartials);
}

template <class T, int W, int P, int R>
int held(void* stream, const NormGradient<T>& of, unsigned* blocks) {
  dim3 block = row_block(of.rows, of.width / W, P, 256 * P);
  *blocks = partials(of.rows, std::int64_t{block.y} * R);
  return launch(held_gradients<T, W, P, R>, *blocks, block, stream, of);
}

template <class T, int W>
int rows_of(void* stream, const NormGradient<T>& of, unsigned* blocks) {
  if constexpr (W > 1) {
    if (of.width <= 256 * W) return held<T, W, 1, 4>(stream, of, blocks);
    if (of.width <= 1024 * W) return held<T, W, 2, 2>(stream, of, blocks);
  }
  *blocks = partials(of.rows, 1);
  const dim3 block = row_block(1, of.width / W, 1, 512);
  return launch(wide_gradients<T, W>, *blocks, dim3(block.x < kWarp ? kWarp : block.x), stream, of);
}

}  // namespace

BTX_CUDA_FUNCTION int btx_cuda_rms_norm_backward(void* stream, Type type, const void* dy,
                                                 const void* s, const float* w, const float* scale,
                                                 const void* dsum, std::int64_t rows,
                                                 std::int64_t width, void* dx, float* dw,
                                                 float* partial) {
  if (rows == 0) return 0;
  unsigned blocks = 0;
  float* sums = dw != nullptr ? partial : nullptr;
  const auto arrays = {dy,
                       s,
                       static_cast<const void*>(w),
                       dsum,
                       static_cast<const void*>(dx),
                       static_cast<const void*>(sums)};
  const int error = with_access(type, width, arrays, [&](auto access) {
    using T = typename decltype(access)::Element;
    const NormGradient<T> of{static_cast<const T*>(dy),
                             static_cast<const T*>(s),
                             w,
                             scale,
                             static_cast<const T*>(dsum),
                             rows,
                             static_cast<int>(width),
                             static_cast<T*>(dx),
                             sums};
    return rows_of<T, decltype(access)::kWide>(stream, of, &blocks);
  });
  if (error != 0 || sums == nullptr) return error;
  return launch_add_partials(stream, sums, blocks, width, dw);
}

}  // namespace btx::cuda
