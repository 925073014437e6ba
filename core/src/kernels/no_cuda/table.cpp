// In place of kernels/cuda in a program that is built without it; ops_for() never asks for its
// table.
#include "kernels/ops.hpp"

#include <btx/error.hpp>

namespace btx {

bool has_cuda() {
  return false;
}

const Ops& cuda_ops() {
  throw Error("built without CUDA kernels: configure with -DBTX_CUDA=ON");
}

}  // namespace btx
