#pragma once
// What routers share in which every token chooses its own experts. N tokens, E experts.

#include <btx/error.hpp>
#include <btx/router.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/sort.h>

#include <cstdint>
#include <string>
#include <tuple>

namespace routers {

/// Throws btx::Error (usage) unless k experts can be chosen from that many.
inline void check_k(std::int64_t k, std::int64_t num_experts) {
  if (k <= num_experts) return;
  const std::string there = std::to_string(num_experts);
  throw btx::Error(btx::ExitCode::usage, "k is " + std::to_string(k) + ", but there are " + there +
                                             " experts; give a k of at most " + there);
}

/// [N, k]: for each token the experts with the largest score + selection bias, largest first; of
/// equal ones the first, on every device, where topk leaves the order open. The bias has no part in
/// anything but this choice.
inline at::Tensor choose(const at::Tensor& scores, const btx::RouterContext& context,
                         std::int64_t k) {
  const at::Tensor biased = scores.detach() + context.selection_bias;
  return std::get<1>(at::sort(biased, /*stable=*/true, 1, /*descending=*/true))
      .narrow(1, 0, k)
      .contiguous();
}

/// [N, E]: every expert, for each row of `like`.
inline at::Tensor all_experts(const at::Tensor& like) {
  return at::arange(like.size(1), like.options().dtype(at::kLong)).expand_as(like);
}

}  // namespace routers
