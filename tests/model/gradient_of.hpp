#pragma once
// The gradient of one tensor, which only tests look at.

#include "model/parameters.hpp"

#include <string>

namespace btx_test {

using namespace btx;

/// A view of the gradient buffer in the tensor's shape; undefined if the tensor has no gradient.
inline at::Tensor gradient_of(const Parameters& parameters, const std::string& name) {
  for (const auto& entry : parameters.entries()) {
    if (entry.info.name != name || entry.gradient_offset < 0) continue;
    return parameters.gradient()
        .narrow(0, entry.gradient_offset, entry.info.elements())
        .view(entry.info.shape);
  }
  return {};
}

}  // namespace btx_test
