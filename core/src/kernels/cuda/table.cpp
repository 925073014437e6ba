// The operations for NVIDIA's GPUs. A kernel of our own for one more of them:
//   1. cuda/NAME.cu defines it, and cuda/kernels.hpp declares it;
//   2. a function here, or in a file of its own with a backward pass, calls it on tensors;
//   3. this table has a line "made.NAME = cuda::NAME;".
// tests/kernels/ops_test.cpp has the rows of every operation: they run with this table on a GPU
// (tests/gpu) and on the stand-in for one (tests/fake_gpu).
#include "kernels/cuda/ops.hpp"

namespace btx {

const Ops& cuda_ops() {
  static const Ops ops = [] {
    Ops made = aten_ops();
    made.rms_norm = cuda::rms_norm;
    made.add_rms_norm = cuda::add_rms_norm;
    made.attention = cuda::attention;
    made.swiglu = cuda::swiglu;
    made.expert_ffn = cuda::expert_ffn;
    made.expert_linear = cuda::expert_linear;
    made.cross_entropy = cuda::cross_entropy;
    made.adamw = cuda::adamw;
    made.sum_of_squares = cuda::sum_of_squares;
    made.gate = cuda::gate;
    made.choose = cuda::choose;
    made.top_k = cuda::top_k;
    made.routing_sums = cuda::routing_sums;
    made.uniform = cuda::uniform;
    return made;
  }();
  return ops;
}

}  // namespace btx
