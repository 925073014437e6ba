// The gradients of a router's gate. A thread has a pack of columns, of which it sums dw of up to
// kMostHeld experts over the rows of its team; the first of the blocks that share rows and columns
// but not experts makes dx. The sums of a block's teams are added up in order, then those of the
// blocks.
#include "cuda/add_partials.hpp"
#include "cuda/dispatch.hpp"
#include "cuda/kernels.hpp"
#include "cuda/packs.hpp"
#include "cuda/team.hpp"

namespace btx::cuda {
namespace {

constexpr int kRows = 4, kMostHeld = static_cast<int>(kGateHeld), kBlock = 256;
constexpr int kMostLanes = 128, kWide = 4;
static_assert(kMostLanes * kWide == kGateColumns);

template <class T>
struct Gradients {
  const float* dlogits;
  const T* x;
  const float* w;
  std::int64_t rows, width;
  int experts;
  T* dx;           ///< null where it is not wanted
  float* partial;  ///< [blocks, E, D], null where dw is not wanted
};

template <int W>
__device__ __forceinline__ void add(float weight, const Floats<W>& x, Floats<W>& sum) {
  BTX_UNROLL
  for (int i = 0; i < W; ++i) sum.v[i] += weight * x.v[i];
}

/// Of `left` rows from `dlogits` on, by one expert; zero beyond them.
__device__ __forceinline__ void take(const float* dlogits, int left, int experts,
                                     float (&taken)[kRows]) {
  BTX_UNROLL
  for (int r = 0; r < kRows; ++r) taken[r] = r < left ? dlogits[r * std::int64_t{experts}] : 0;
}

/// kRows rows of one pack of columns: adds to dw of the experts from `begin` on, writes dx where
/// that is wanted.
template <class T, int W, int E>
__device__ __forceinline__ void step(const Gradients<T>& of, std::int64_t row, std::int64_t column,
                                     int begin, bool makes_dx, Floats<W> (&dw)[E]) {
  const int left = static_cast<int>(of.rows - row < kRows ? of.rows - row : kRows);
  const std::int64_t at = row * of.width + column;
  const float *dlogits = of.dlogits + row * of.experts, *w = of.w + column;
  Floats<W> x[kRows] = {}, dx[kRows] = {};
  BTX_UNROLL
  for (int r = 0; r < kRows; ++r) {
    if (r < left && of.partial != nullptr) x[r] = widen(load<W>(of.x + at + r * of.width));
  }
  float taken[kRows];
  BTX_UNROLL
  for (int e = 0; e < E; ++e) {
    if (begin + e >= of.experts) continue;
    take(dlogits + begin + e, left, of.experts, taken);
    BTX_UNROLL
    for (int r = 0; r < kRows; ++r) add(taken[r], x[r], dw[e]);
    if (!makes_dx) continue;
    const Floats<W> weight = load_floats<W>(w + (begin + e) * of.width);
    BTX_UNROLL
    for (int r = 0; r < kRows; ++r) add(taken[r], weight, dx[r]);
  }
  if (!makes_dx) return;
  for (int e = begin + E; e < of.experts; ++e) {
    take(dlogits + e, left, of.experts, taken);
    const Floats<W> weight = load_floats<W>(w + e * of.width);
    BTX_UNROLL
    for (int r = 0; r < kRows; ++r) add(taken[r], weight, dx[r]);
  }
  BTX_UNROLL
  for (int r = 0; r < kRows; ++r) {
    if (r < left) store(of.dx + at + r * of.width, narrow<T>(dx[r]));
  }
}

/// The sums of all teams, of the experts from `begin` on.
template <class T, int W, int E>
__device__ __forceinline__ void write_sums(const Gradients<T>& of, std::int64_t column, int begin,
                                           const Floats<W> (&dw)[E]) {
  BTX_SHARED(float, of_teams, kBlock* kWide);
  const int lanes = static_cast<int>(blockDim.x), lane = static_cast<int>(threadIdx.x);
  float* const out =
      of.partial + (std::int64_t{blockIdx.y} * of.experts + begin) * of.width + column;
  BTX_UNROLL
  for (int e = 0; e < E; ++e) {
    if (begin + e >= of.experts) continue;
    store_floats(of_teams + (static_cast<int>(threadIdx.y) * lanes + lane) * W, dw[e]);
    __syncthreads();
    if (threadIdx.y == 0 && column < of.width) {
      Floats<W> sum = dw[e];
      for (unsigned team = 1; team < blockDim.y; ++team) {
        add(1, load_floats<W>(of_teams + (static_cast<int>(team) * lanes + lane) * W), sum);
      }
      store_floats(out + e * of.width, sum);
    }
    __syncthreads();
  }
}

/// One block a multiprocessor at least, as for two the sums of sixteen experts would spill.
template <class T, int W, int E>
__global__ void __launch_bounds__(kBlock, 1) gate_gradients(Gradients<T> of) {
  const std::int64_t column = (std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x) * W;
  const int begin = static_cast<int>(blockIdx.z) * E;
  const std::int64_t each = std::int64_t{blockDim.y} * kRows;
  Floats<W> dw[E] = {};
  for (std::int64_t row = blockIdx.y * each + threadIdx.y * kRows;
       row < of.rows && column < of.width; row += gridDim.y * each) {
    step<T, W, E>(of, row, column, begin, blockIdx.z == 0 && of.dx != nullptr, dw);
  }
  if (of.partial != nullptr) write_sums(of, column, begin, dw);
}

template <class T, int W, int E>
int launch_held(void* stream, const Gradients<T>& of, unsigned partials) {
  if constexpr (W > 1 && E < kMostHeld) {
    if (of.experts > E) return launch_held<T, W, 2 * E>(stream, of, partials);
  }
  unsigned lanes = kWarp;
  while (lanes < kMostLanes && lanes * W < of.width) lanes *= 2;
  const dim3 grid(static_cast<unsigned>(blocks_for(of.width, std::int64_t{lanes} * W)), partials,
                  static_cast<unsigned>(blocks_for(of.experts, E)));
  return launch(gate_gradients<T, W, E>, grid, dim3(lanes, kBlock / lanes), stream, of);
}

template <class T>
int gradients_of(void* stream, const Gradients<T>& of, unsigned partials) {
  if (of.width % kWide == 0 && aligned({of.x, of.w, of.dx, of.partial})) {
    return launch_held<T, kWide, 4>(stream, of, partials);
  }
  return launch_held<T, 1, 8>(stream, of, partials);
}

}  // namespace

BTX_CUDA_FUNCTION int btx_cuda_gate_backward(void* stream, Type type, const float* dlogits,
                                             const void* x, const float* w, std::int64_t rows,
                                             std::int64_t width, std::int64_t experts, void* dx,
                                             float* dw, float* partial) {
  if (rows == 0 || width == 0) return 0;
  float* const sums = dw != nullptr ? partial : nullptr;
  if (dx == nullptr && sums == nullptr) return 0;
  const std::int64_t partials = gate_partials(rows, width, experts);
  const auto run = [&](auto element) {
    using T = decltype(element);
    return gradients_of<T>(stream,
                           {dlogits, static_cast<const T*>(x), w, rows, width,
                            static_cast<int>(experts), static_cast<T*>(dx), sums},
                           static_cast<unsigned>(partials));
  };
  const int error = type == Type::float32 ? run(float{}) : run(__nv_bfloat16{});
  if (error != 0 || sums == nullptr) return error;
  return launch_add_partials(stream, sums, partials, experts * width, dw);
}

}  // namespace btx::cuda
