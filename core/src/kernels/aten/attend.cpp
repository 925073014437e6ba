// Attention for inference, of queries to keys that earlier passes left.
#include "kernels/aten/ops.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>

#include <cmath>
#include <limits>

namespace btx::aten {

/// The heads that share keys are more queries of one head, so that no key is copied.
at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                  const at::Tensor& visible) {
  const std::int64_t rows = q.size(0);
  const std::int64_t tokens = q.size(1);
  const std::int64_t groups = k.size(1);
  const std::int64_t shared = q.size(2) / groups;
  const at::Tensor folded = q.view({rows, tokens, groups, shared, q.size(3)})
                                .permute({0, 2, 3, 1, 4})
                                .reshape({rows, groups, shared * tokens, q.size(3)});
  at::Tensor scores = at::matmul(folded, k.transpose(-1, -2));
  if (scores.scalar_type() == at::kBFloat16) scores = scores.to(at::kFloat);
  scores.mul_(1.0 / std::sqrt(static_cast<double>(q.size(3))));
  scores.view({rows, groups, shared, tokens, k.size(2)})
      .masked_fill_(visible.logical_not().view({rows, 1, 1, tokens, k.size(2)}),
                    -std::numeric_limits<double>::infinity());
  const at::Tensor out = at::matmul(at::softmax(scores, -1).to(v.scalar_type()), v);
  return out.view({rows, groups, shared, tokens, q.size(3)})
      .permute({0, 3, 1, 2, 4})
      .reshape({rows * tokens, q.size(2) * q.size(3)});
}

}  // namespace btx::aten
