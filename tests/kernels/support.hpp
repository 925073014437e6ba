#pragma once
// Inputs and gradients for comparing operations.

#include "kernels/ops.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros_like.h>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Generator.h>

#include <functional>
#include <vector>

namespace btx_test {

using namespace btx;

/// Normal numbers, the same for the same seed, as a leaf that wants a gradient.
inline at::Tensor leaf(at::IntArrayRef shape, std::uint64_t seed, double scale = 1.0) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return (at::randn(shape, generator) * scale).set_requires_grad(true);
}

/// A weight as the model has it: a float32 master that wants a gradient, and its copy in `type`.
inline Weight weight(const at::Tensor& master, at::ScalarType type) {
  return {master, master.detach().to(type)};
}

/// Largest |a - b| over largest |b|.
inline double error(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.detach().to(at::kCPU, at::kDouble);
  const at::Tensor y = b.detach().to(at::kCPU, at::kDouble);
  if (x.numel() == 0) return 0;
  return ((x - y).abs().max() / (y.abs().max() + 1e-12)).item<double>();
}

/// The output of f and the gradients of <output, probe> by each leaf.
inline std::vector<at::Tensor> output_and_gradients(const std::function<at::Tensor()>& f,
                                                    const std::vector<at::Tensor>& leaves,
                                                    std::uint64_t seed) {
  for (const auto& x : leaves) x.mutable_grad() = at::Tensor();
  const at::Tensor out = f();
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  const at::Tensor probe = at::randn(out.sizes(), generator).to(out.options());
  (out * probe).sum().backward();
  std::vector<at::Tensor> all = {out};
  for (const auto& x : leaves)
    all.push_back(x.grad().defined() ? x.grad().clone() : at::zeros_like(x));
  return all;
}

}  // namespace btx_test
