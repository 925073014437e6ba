// The reference's operations, but for experts, which run once each on a contiguous block of tokens
// sorted by expert. This is what runs on a GPU. It is plain ATen on any device, so that CPU tests
// hold it against the reference, and has no atomic sums, so that the bits are the same every time.
#include "kernels/ops.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/index_copy.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <limits>
#include <vector>

namespace btx {
namespace {

/// Kept slots by expert, each expert's by token.
struct Sorted {
  at::Tensor order;                  ///< [M] flat indices into [N, K]
  std::vector<std::int64_t> offset;  ///< [E + 1], of each expert's first in `order`
};

Sorted sort_by_expert(const at::Tensor& slots, std::int64_t experts) {
  const at::Tensor flat = slots.reshape(-1);
  const at::Tensor order = at::argsort(flat, /*stable=*/true, 0, /*descending=*/false);
  const at::Tensor first = at::arange(experts + 1, flat.options());
  // The only place where the CPU waits for the GPU: block sizes are needed on the host.
  const at::Tensor offset = at::searchsorted(flat.index_select(0, order), first).cpu();
  const auto* begin = offset.const_data_ptr<std::int64_t>();
  Sorted sorted{order.narrow(0, begin[0], begin[experts] - begin[0]), {}};
  for (std::int64_t e = 0; e <= experts; ++e) sorted.offset.push_back(begin[e] - begin[0]);
  return sorted;
}

/// Sum over slots of weight x f(expert, its rows of x), [N, width].
template <class F>
at::Tensor over_blocks(const at::Tensor& x, const Dispatch& dispatch, std::int64_t experts,
                       std::int64_t width, F&& f) {
  const std::int64_t tokens = x.size(0), slots = dispatch.slots.size(1);
  const Sorted sorted = sort_by_expert(dispatch.slots, experts);
  const at::Tensor rows = x.unsqueeze(1)
                              .expand({tokens, slots, x.size(1)})
                              .reshape({tokens * slots, x.size(1)})
                              .index_select(0, sorted.order);
  std::vector<at::Tensor> blocks = {at::zeros({0, width}, x.options())};
  for (std::int64_t e = 0; e < experts; ++e) {
    const std::int64_t begin = sorted.offset[static_cast<std::size_t>(e)];
    const std::int64_t end = sorted.offset[static_cast<std::size_t>(e) + 1];
    if (end > begin) blocks.push_back(f(e, rows.narrow(0, begin, end - begin)));
  }
  const at::Tensor empty = at::zeros({tokens * slots, width}, x.options());
  const at::Tensor out = at::index_copy(empty, 0, sorted.order, at::cat(blocks));
  const at::Tensor weights =
      at::where(dispatch.slots >= 0, dispatch.weights, at::zeros_like(dispatch.weights))
          .to(x.scalar_type());
  return (out.view({tokens, slots, width}) * weights.unsqueeze(-1)).sum(1);
}

at::Tensor expert_ffn(const at::Tensor& x, const Weight& gate_up, const Weight& down,
                      const Dispatch& dispatch) {
  const at::Tensor up_all = gate_up.master.to(x.scalar_type());
  const at::Tensor down_all = down.master.to(x.scalar_type());
  return over_blocks(
      x, dispatch, up_all.size(0), x.size(1), [&](std::int64_t expert, const at::Tensor& mine) {
        const at::Tensor hidden = reference_ops().swiglu(at::matmul(mine, up_all[expert].t()));
        return at::matmul(hidden, down_all[expert].t());
      });
}

at::Tensor expert_linear(const at::Tensor& x, const Weight& w, const Dispatch& dispatch) {
  const at::Tensor all = w.master.to(x.scalar_type());
  return over_blocks(x, dispatch, all.size(0), all.size(1),
                     [&](std::int64_t expert, const at::Tensor& mine) {
                       return at::matmul(mine, all[expert].t());
                     });
}

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

}  // namespace

const Ops& sorted_ops() {
  static const Ops ops = [] {
    Ops made = reference_ops();
    made.attend = attend;
    made.expert_ffn = expert_ffn;
    made.expert_linear = expert_linear;
    return made;
  }();
  return ops;
}

}  // namespace btx
