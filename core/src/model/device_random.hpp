#pragma once
// Counter-based random numbers computed where their counters are, so that a GPU is not waited for.

#include <btx/export.hpp>

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace btx {

/// random_uniform(key, counter) of btx/random.hpp, bit for bit, for each of the counters, an int64
/// tensor of any shape on any device, read as unsigned numbers -> float32 of that shape.   [any]
BTX_EXPORT at::Tensor uniform_of(std::uint64_t key, const at::Tensor& counters);

}  // namespace btx
