// The optimizer's passes over the flat buffers, four numbers a thread at a time. What is left over
// at the end, and arrays that are not aligned, go number by number, in the same order.
#include "cuda/dispatch.hpp"
#include "cuda/kernels.hpp"
#include "cuda/packs.hpp"
#include "cuda/team.hpp"

namespace btx::cuda {
namespace {

constexpr int kThread = 4;
constexpr int kBlock = 256;

/// What is the same for all numbers.
struct Step {
  float lr, beta1, beta2, epsilon, weight_decay, correction1, correction2, gradient_scale;
};

struct Buffers {
  float* w;
  const float* gradient;
  float* m;
  float* v;
  __nv_bfloat16* copy;  ///< null for none
};

template <int W>
__device__ __forceinline__ void update(const Step& step, const Buffers& of, std::int64_t at) {
  Floats<W> w = load_floats<W>(of.w + at), m = load_floats<W>(of.m + at),
            v = load_floats<W>(of.v + at), gradient = load_floats<W>(of.gradient + at);
  BTX_UNROLL
  for (int i = 0; i < W; ++i) {
    const float g = gradient.v[i] * step.gradient_scale;
    m.v[i] = step.beta1 * m.v[i] + (1.0F - step.beta1) * g;
    v.v[i] = step.beta2 * v.v[i] + (1.0F - step.beta2) * g * g;
    const float denominator = sqrtf(v.v[i] / step.correction2) + step.epsilon;
    w.v[i] = w.v[i] * (1.0F - step.lr * step.weight_decay) -
             step.lr * (m.v[i] / step.correction1) / denominator;
  }
  store_floats(of.w + at, w);
  store_floats(of.m + at, m);
  store_floats(of.v + at, v);
  if (of.copy != nullptr) store(of.copy + at, narrow<__nv_bfloat16>(w));
}

template <int W>
__global__ void __launch_bounds__(kBlock) update_all(Step step, std::int64_t n, Buffers of) {
  const std::int64_t at = (std::int64_t{blockIdx.x} * kBlock + threadIdx.x) * kThread;
  if (W == kThread && at + kThread <= n) {
    update<W>(step, of, at);
    return;
  }
  for (std::int64_t i = at; i < n && i < at + kThread; ++i) update<1>(step, of, i);
}

/// Squares of four numbers, or of those left.
template <int W>
__device__ __forceinline__ double squares(const float* x, std::int64_t at, std::int64_t n) {
  Floats<kThread> taken{};
  if (W == kThread && at + kThread <= n) {
    taken = load_floats<kThread>(x + at);
  } else {
    BTX_UNROLL
    for (int i = 0; i < kThread; ++i) taken.v[i] = at + i < n ? x[at + i] : 0;
  }
  double sum = 0;
  BTX_UNROLL
  for (int i = 0; i < kThread; ++i) {
    const double value = taken.v[i];
    sum += value * value;
  }
  return sum;
}

template <int W>
__global__ void __launch_bounds__(kBlock)
    sum_squares(const float* x, std::int64_t n, double* partial) {
  BTX_SHARED(double, part, kMostWarps);
  const std::int64_t stride = std::int64_t{gridDim.x} * kBlock * kThread;
  double sum = 0;
  BTX_UNROLL_4
  for (std::int64_t at = (std::int64_t{blockIdx.x} * kBlock + threadIdx.x) * kThread; at < n;
       at += stride) {
    sum += squares<W>(x, at, n);
  }
  sum = over_team<Add>(sum, part);
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

__global__ void __launch_bounds__(kBlock)
    sum_partials(const double* partial, int count, double* out) {
  BTX_SHARED(double, part, kMostWarps);
  double sum = 0;
  for (int i = static_cast<int>(threadIdx.x); i < count; i += kBlock) sum += partial[i];
  sum = over_team<Add>(sum, part);
  if (threadIdx.x == 0) *out = sum;
}

}  // namespace

BTX_CUDA_FUNCTION int btx_cuda_adamw(void* stream, float lr, float beta1, float beta2,
                                     float epsilon, float weight_decay, float correction1,
                                     float correction2, float gradient_scale, std::int64_t n,
                                     float* w, const float* gradient, float* m, float* v,
                                     void* copy) {
  if (n == 0) return 0;
  const Step step{lr,           beta1,       beta2,       epsilon,
                  weight_decay, correction1, correction2, gradient_scale};
  const bool wide = aligned({w, gradient, m, v, copy});
  const auto blocks = static_cast<unsigned>(blocks_for(n, kBlock * kThread));
  return launch(wide ? update_all<kThread> : update_all<1>, blocks, kBlock, stream, step, n,
                Buffers{w, gradient, m, v, static_cast<__nv_bfloat16*>(copy)});
}

BTX_CUDA_FUNCTION int btx_cuda_sum_of_squares(void* stream, const float* x, std::int64_t n,
                                              double* partial, double* out) {
  const std::int64_t wanted = blocks_for(n, kBlock * kThread);
  const auto blocks = static_cast<unsigned>(wanted < kSumPartials ? wanted : kSumPartials);
  if (blocks > 0) {
    const int error = launch(aligned({x}) ? sum_squares<kThread> : sum_squares<1>, blocks, kBlock,
                             stream, x, n, partial);
    if (error != 0) return error;
  }
  return launch(sum_partials, 1, kBlock, stream, partial, static_cast<int>(blocks), out);
}

}  // namespace btx::cuda
