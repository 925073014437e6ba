// The operations for NVIDIA's GPUs, compiled in place of kernels/no_cuda with -DBTX_CUDA=ON. All of
// them are plain ATen so far. A kernel of our own for one of them is three changes:
//   1. kernels/cuda/NAME.cu defines btx::cuda::NAME with the signature that Ops has in
//      kernels/ops.hpp; CMake finds the file and turns the CUDA language on;
//   2. this table declares it and has a line "made.NAME = cuda::NAME;";
//   3. tests/kernels has a row for the operation: tests/gpu runs these rows with this table.
#include "kernels/ops.hpp"

namespace btx {

bool has_cuda() {
  return true;
}

const Ops& cuda_ops() {
  static const Ops ops = [] {
    Ops made = aten_ops();
    return made;
  }();
  return ops;
}

}  // namespace btx
