#pragma once
// What routers share whose experts take a limited number of tokens: the groups in which tokens
// compete, how many of a group an expert takes, and who comes first. N tokens.

#include <btx/router.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cstdint>

namespace routers {

/// [N] int64: the group each token competes in, its sequence or the whole micro-batch.
inline at::Tensor groups_of(const btx::RouterContext& context, bool by_sequence) {
  return by_sequence ? context.sequence : at::zeros_like(context.sequence);
}

/// [N] int64: how many tokens of this token's group one expert takes, ceil(factor x tokens / E).
/// Padding is not a token.
inline at::Tensor capacity_of(const at::Tensor& groups, const at::Tensor& mask, double factor,
                              std::int64_t num_experts) {
  const at::Tensor ones = mask.to(at::kDouble);
  const at::Tensor tokens = at::zeros_like(ones).scatter_add(0, groups, ones).gather(0, groups);
  // The small number keeps a product that should be whole from being rounded up.
  constexpr double kSmall = 1e-9;
  return (tokens * (factor / static_cast<double>(num_experts)) - kSmall).ceil().to(at::kLong);
}

/// keys [R, N] -> [R, N]: how many earlier elements of its row have the same key.
inline at::Tensor rank_within(const at::Tensor& keys) {
  const auto [sorted, order] = at::sort(keys, /*stable=*/true, -1, /*descending=*/false);
  const at::Tensor begin_of_run = at::searchsorted(sorted, sorted);
  const at::Tensor rank = at::arange(keys.size(1), keys.options()) - begin_of_run;
  return at::empty_like(order).scatter(1, order, rank);
}

}  // namespace routers
