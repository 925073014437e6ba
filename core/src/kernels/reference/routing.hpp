#pragma once
// The routing of a mixture layer as its formulas read, on any device and floating type; shapes and
// meaning as in kernels/ops.hpp.

#include "kernels/ops.hpp"

namespace btx::reference {

at::Tensor gate(const at::Tensor& x, const Weight& w);
at::Tensor choose(const at::Tensor& scores, const at::Tensor& bias, std::int64_t k);
TopKRouting top_k(const at::Tensor& logits, const at::Tensor& bias, std::int64_t k);
at::Tensor routing_sums(const RoutedTokens& tokens);
at::Tensor uniform(std::uint64_t key, const at::Tensor& index, std::int64_t columns);

/// top_k() of slots that are chosen already.
TopKRouting softmax_of_chosen(const at::Tensor& logits, const at::Tensor& slots);

}  // namespace btx::reference
