#pragma once
// What routers share in which every token chooses its own experts. N tokens, E experts.

#include <btx/error.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include <cstdint>
#include <string>

namespace routers {

/// Throws btx::Error (usage) unless k experts can be chosen from that many.
inline void check_k(std::int64_t k, std::int64_t num_experts) {
  if (k <= num_experts) return;
  const std::string there = std::to_string(num_experts);
  throw btx::Error(btx::ExitCode::usage, "k is " + std::to_string(k) + ", but there are " + there +
                                             " experts; give a k of at most " + there);
}

/// [N, E]: every expert, for each row of `like`.
inline at::Tensor all_experts(const at::Tensor& like) {
  return at::arange(like.size(1), like.options().dtype(at::kLong)).expand_as(like);
}

}  // namespace routers
