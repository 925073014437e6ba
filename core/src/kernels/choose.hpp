#pragma once
// Which implementation of the operations runs: the only place that chooses one.

#include "kernels/ops.hpp"
#include "recipe/schema/engine.hpp"

namespace btx {

/// The implementation for tensors of this type on this device. `reference` is the oracle
/// everywhere. `fast` is cpu_ops() on a CPU in float32 and bfloat16, cuda_ops() on a GPU where the
/// program has them, and aten_ops() anywhere else, which is plain ATen.   [any]
BTX_EXPORT const Ops& ops_for(KernelChoice kernels, at::Device device, at::ScalarType type);

/// The implementation for the optimizer and the gradient's norm: the fast one for these flat
/// buffers. engine.kernels is a choice for the model alone.   [any]
BTX_EXPORT const Ops& ops_for(const at::Tensor& buffer);

}  // namespace btx
