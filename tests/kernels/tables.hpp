#pragma once
// The tables of operations that a test program holds against the reference. ops_test.cpp and
// routing_test.cpp are compiled into two programs: kernels_test, with the tables of a CPU, and
// gpu_test, with that of a GPU.

#include "kernels/ops.hpp"

#include <string>
#include <vector>

namespace btx_test {

using namespace btx;

/// One implementation of the operations, where it is to run.
struct Table {
  std::string name;
  const Ops& ops;
  at::Device device;
};

/// Defined once in each program.
std::vector<Table> tables_under_test();

/// Operations, where they run, and the type of activations; brings tensors of a CPU there.
struct On {
  const Ops& ops;
  at::Device device;
  at::ScalarType type = at::kFloat;

  /// Activations, in the compute type.
  at::Tensor operator()(const at::Tensor& x) const { return x.to(device, type); }
  /// What keeps its type: angles, weights of slots, indices.
  at::Tensor as_is(const at::Tensor& x) const { return x.to(device); }
  /// A weight as the model has it: a float32 master, and its copy in the compute type.
  Weight weight(const at::Tensor& x) const {
    const at::Tensor master = x.to(device);
    return {master, master.detach().to(type)};
  }
};

}  // namespace btx_test
