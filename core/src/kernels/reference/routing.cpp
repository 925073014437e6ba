#include "kernels/reference/routing.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/sort.h>

#include <tuple>

namespace btx::reference {
namespace {

at::Tensor kept(const at::Tensor& slots, const at::Tensor& like) {
  return (slots >= 0).to(like.scalar_type());
}

/// slots and values [N, K] -> [N, E]: each value in the column of its slot's expert.
at::Tensor by_expert(const at::Tensor& slots, const at::Tensor& values, std::int64_t experts) {
  // No scatter_add: to be deterministic a GPU would sort for it.
  const at::Tensor expert = at::arange(experts, slots.options()).view({1, 1, -1});
  const at::Tensor of_slot = slots.clamp_min(0).unsqueeze(-1) == expert;
  return (of_slot * values.unsqueeze(-1)).sum(1);
}

}  // namespace

at::Tensor gate(const at::Tensor& x, const Weight& w) {
  const at::Tensor wide = x.scalar_type() == at::kBFloat16 ? x.to(at::kFloat) : x;
  return at::matmul(wide, w.master.t());
}

at::Tensor choose(const at::Tensor& scores, const at::Tensor& bias, std::int64_t k) {
  const at::Tensor biased = bias.defined() ? scores.detach() + bias : scores.detach();
  // A stable sort, as topk leaves the order of equal ones open.
  return std::get<1>(at::sort(biased, /*stable=*/true, 1, /*descending=*/true))
      .narrow(1, 0, k)
      .contiguous();
}

TopKRouting softmax_of_chosen(const at::Tensor& logits, const at::Tensor& slots) {
  return {slots, at::softmax(logits.gather(1, slots), 1), at::softmax(logits, 1)};
}

TopKRouting top_k(const at::Tensor& logits, const at::Tensor& bias, std::int64_t k) {
  return softmax_of_chosen(logits, choose(logits, bias, k));
}

at::Tensor routing_sums(const RoutedTokens& t) {
  const std::int64_t experts = t.probabilities.size(1);
  const at::Tensor counts = by_expert(t.slots, kept(t.slots, t.weights), experts);
  const at::Tensor chosen =
      t.chosen.defined() ? by_expert(t.chosen, kept(t.chosen, t.weights), experts) : counts;
  const at::Tensor u = by_expert(t.slots, t.weights * kept(t.slots, t.weights), experts);
  at::Tensor rows = at::cat({u, t.probabilities, counts, chosen}, 1);
  at::Tensor z = at::logsumexp(t.logits, -1).pow(2);
  at::Tensor tokens = at::ones(z.sizes(), z.options());
  if (t.padding.defined()) {
    tokens = t.padding.logical_not().to(z.scalar_type());
    rows = rows * tokens.unsqueeze(1);
    z = z * tokens;
  }
  return at::cat({rows.view({t.groups, -1, 4 * experts}).sum(1),
                  z.view({t.groups, -1}).sum(1, /*keepdim=*/true),
                  tokens.view({t.groups, -1}).sum(1, /*keepdim=*/true)},
                 1);
}

}  // namespace btx::reference
