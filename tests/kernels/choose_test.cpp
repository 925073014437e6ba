// Which implementation runs where.
#include "kernels/choose.hpp"

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

TEST_CASE("a GPU without the module of kernels has plain ATen, and so has float64") {
  CHECK(&ops_for(KernelChoice::fast, at::kCUDA, at::kFloat) == &aten_ops());
  CHECK(&ops_for(KernelChoice::fast, at::kCUDA, at::kDouble) == &aten_ops());
}

TEST_CASE("plain ATen is what a recipe can ask for anywhere") {
  CHECK(&ops_for(KernelChoice::aten, at::kCPU, at::kFloat) == &aten_ops());
  CHECK(&ops_for(KernelChoice::aten, at::kCUDA, at::kBFloat16) == &aten_ops());
}

TEST_CASE("the optimizer runs by the type of its buffers, whatever the model's kernels are") {
  CHECK(&ops_for(at::zeros({3}, at::kFloat)) == &cpu_ops());
  CHECK(&ops_for(at::zeros({3}, at::kDouble)) == &aten_ops());
}
