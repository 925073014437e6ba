#pragma once
// The engine of tests that load models.

#include <ATen/Parallel.h>

#include "recipe/schema/engine.hpp"

namespace btx_test {

/// Does not depend on what the machine has; one thread, as more would only wait for each other.
inline btx::EngineConfig plain_engine() {
  at::set_num_threads(1);
  return {btx::DeviceChoice::cpu, btx::ComputeType::float32, btx::KernelChoice::fast};
}

}  // namespace btx_test
