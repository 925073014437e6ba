// Which implementation runs where.
#include "kernels/choose.hpp"

#include <btx/error.hpp>

#include <ATen/ops/zeros.h>
#include <doctest/doctest.h>

using namespace btx;

TEST_CASE("the fast kernels of a CPU serve float32 and bfloat16, plain ATen the rest") {
  CHECK(&ops_for(KernelChoice::fast, at::kCPU, at::kFloat) == &cpu_ops());
  CHECK(&ops_for(KernelChoice::fast, at::kCPU, at::kBFloat16) == &cpu_ops());
  CHECK(&ops_for(KernelChoice::fast, at::kCPU, at::kDouble) == &aten_ops());
}

TEST_CASE("the reference is the reference everywhere") {
  CHECK(&ops_for(KernelChoice::reference, at::kCPU, at::kFloat) == &reference_ops());
  CHECK(&ops_for(KernelChoice::reference, at::kCUDA, at::kBFloat16) == &reference_ops());
}

TEST_CASE("a GPU has the program's own kernels, or plain ATen where it was built without them") {
  const Ops& chosen = ops_for(KernelChoice::fast, at::kCUDA, at::kFloat);
  if (has_cuda()) {
    CHECK(&chosen == &cuda_ops());
  } else {
    CHECK(&chosen == &aten_ops());
    CHECK_THROWS_WITH_AS(cuda_ops(), "built without CUDA kernels: configure with -DBTX_CUDA=ON",
                         Error);
  }
}

TEST_CASE("the optimizer runs by the type of its buffers, whatever the model's kernels are") {
  CHECK(&ops_for(at::zeros({3}, at::kFloat)) == &cpu_ops());
  CHECK(&ops_for(at::zeros({3}, at::kDouble)) == &aten_ops());
}
