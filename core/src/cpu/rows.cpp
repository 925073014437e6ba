#include "cpu/rows.hpp"

namespace btx::cpu {

namespace avx512 {
Kernels make();
}
namespace avx2 {
Kernels make();
}
namespace baseline {
Kernels make();
}

const Kernels& kernels() {
  static const Kernels chosen = [] {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
      return avx512::make();
    }
    return __builtin_cpu_supports("avx2") ? avx2::make() : baseline::make();
  }();
  return chosen;
}

template <>
const RowKernels<float>& row_kernels<float>() {
  return kernels().f32;
}
template <>
const RowKernels<Bf16>& row_kernels<Bf16>() {
  return kernels().bf16;
}

}  // namespace btx::cpu
