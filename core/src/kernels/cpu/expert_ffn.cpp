// The mixture layer's experts on the CPU: tokens sorted by expert (a stable counting sort), one
// gather, one matrix product an expert on its contiguous block, one combining gather. The backward
// pass needs x, the hidden activations and the routing only: the gradient of a gate weight is
// <dA, A> at the FFN's inner activation, so expert outputs are not kept (SonicMoE,
// arXiv:2512.14080).
#include "kernels/cpu/autograd.hpp"
#include "kernels/cpu/ops.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>

#include <vector>

namespace btx::cpu {
namespace {

/// Rows of the sorted block: M = kept slots, by expert, then by token.
struct Sorted {
  at::Tensor token;                  ///< [M] int64, whose row it is
  at::Tensor slot;                   ///< [M] int64, flat index into [N, K]
  at::Tensor place;                  ///< [N, K] int64, row of each slot or -1
  std::vector<std::int64_t> offset;  ///< [E + 1]
};

Sorted sort_by_expert(const at::Tensor& slots_in, std::int64_t experts) {
  const at::Tensor slots = slots_in.contiguous();
  const std::int64_t* expert = slots.const_data_ptr<std::int64_t>();
  const std::int64_t total = slots.numel();
  Sorted s;
  s.offset.assign(static_cast<std::size_t>(experts) + 1, 0);
  for (std::int64_t i = 0; i < total; ++i) {
    TORCH_CHECK(expert[i] < experts, "a router chose expert ", expert[i], " of ", experts);
    if (expert[i] >= 0) ++s.offset[static_cast<std::size_t>(expert[i]) + 1];
  }
  for (std::size_t e = 1; e < s.offset.size(); ++e) s.offset[e] += s.offset[e - 1];
  s.token = at::empty({s.offset.back()}, slots.options());
  s.slot = at::empty_like(s.token);
  s.place = at::empty_like(slots);
  auto* token = s.token.data_ptr<std::int64_t>();
  auto* slot = s.slot.data_ptr<std::int64_t>();
  auto* place = s.place.data_ptr<std::int64_t>();
  std::vector<std::int64_t> next(s.offset.begin(), s.offset.end() - 1);
  for (std::int64_t i = 0; i < total; ++i) {
    place[i] = expert[i] < 0 ? -1 : next[static_cast<std::size_t>(expert[i])]++;
    if (place[i] < 0) continue;
    token[place[i]] = i / slots.size(1);
    slot[place[i]] = i;
  }
  return s;
}

/// out[rows of expert e] = in[rows of e] x matrix(e), for every expert with rows.
template <class Matrix>
void each_expert(const Sorted& s, const at::Tensor& in, const at::Tensor& out, Matrix matrix) {
  for (std::size_t e = 0; e + 1 < s.offset.size(); ++e) {
    const std::int64_t rows = s.offset[e + 1] - s.offset[e];
    if (rows == 0) continue;
    at::Tensor block = out.narrow(0, s.offset[e], rows);
    at::mm_out(block, in.narrow(0, s.offset[e], rows), matrix(static_cast<std::int64_t>(e)));
  }
}

/// [E, ...] of a^T b over the rows of each expert, float32; zeros for experts without rows.
at::Tensor weight_gradient(const Sorted& s, const at::Tensor& a, const at::Tensor& b) {
  const auto experts = static_cast<std::int64_t>(s.offset.size()) - 1;
  at::Tensor out = at::zeros({experts, a.size(1), b.size(1)}, a.options().dtype(at::kFloat));
  for (std::int64_t e = 0; e < experts; ++e) {
    const std::int64_t begin = s.offset[static_cast<std::size_t>(e)];
    const std::int64_t rows = s.offset[static_cast<std::size_t>(e) + 1] - begin;
    if (rows == 0) continue;
    out[e].copy_(at::mm(a.narrow(0, begin, rows).t(), b.narrow(0, begin, rows)));
  }
  return out;
}

void combine(const at::Tensor& x, const Sorted& s, const at::Tensor& scale, const at::Tensor& y) {
  const std::int64_t width = y.size(1);
  const std::int64_t slots = s.place.size(1);
  const float* scales = scale.defined() ? scale.const_data_ptr<float>() : nullptr;
  by_type(y, [&](auto type) {
    using T = decltype(type);
    over_rows(y.size(0), [&](std::int64_t begin, std::int64_t end) {
      row_kernels<T>().combine(rows_of<T>(x),
                               s.place.const_data_ptr<std::int64_t>() + begin * slots,
                               scales == nullptr ? nullptr : scales + begin * slots,
                               rows_of<T>(y) + begin * width, end - begin, slots, width);
    });
  });
}

struct ExpertFfn : torch::autograd::Function<ExpertFfn> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& /*gate_up master*/, const at::Tensor& /*down master*/,
                            const at::Tensor& weights_in, const at::Tensor& gate_up,
                            const at::Tensor& down, const at::Tensor& slots) {
    const at::Tensor weights = weights_in.contiguous();
    const Sorted s = sort_by_expert(slots, gate_up.size(0));
    const std::int64_t rows = s.token.size(0);
    const at::Tensor gathered = x.index_select(0, s.token);
    const at::Tensor h = at::empty({rows, gate_up.size(1)}, x.options());
    each_expert(s, gathered, h, [&](std::int64_t e) { return gate_up[e].t(); });
    const at::Tensor a = at::empty({rows, down.size(2)}, x.options());
    swiglu_rows(h, a);
    const at::Tensor y = at::empty({rows, x.size(1)}, x.options());
    each_expert(s, a, y, [&](std::int64_t e) { return down[e].t(); });
    at::Tensor out = at::empty_like(x);
    combine(y, s, weights, out);
    context->save_for_backward({x, weights, gate_up, down, slots, h});
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weights = saved[1], &gate_up = saved[2], &down = saved[3];
    const at::Tensor& h = saved[5];
    const Sorted s = sort_by_expert(saved[4], gate_up.size(0));
    const at::Tensor dy = grads[0].contiguous().index_select(0, s.token);
    const at::Tensor da = at::empty({h.size(0), h.size(1) / 2}, h.options());
    each_expert(s, dy, da, [&](std::int64_t e) { return down[e]; });

    const at::Tensor weight_rows = weights.view(-1).index_select(0, s.slot);
    const at::Tensor dweight_rows = at::empty_like(weight_rows);
    const at::Tensor dh = at::empty_like(h);
    const at::Tensor a = at::empty_like(da);
    swiglu_rows_backward(h, da, weight_rows, dh, dweight_rows, a);

    at::Tensor d_gate_up, d_down;  // stay undefined for frozen experts
    if (context->needs_input_grad(2)) d_down = weight_gradient(s, dy, a);
    if (context->needs_input_grad(1)) {
      d_gate_up = weight_gradient(s, dh, x.index_select(0, s.token));
    }
    const at::Tensor dx_rows = at::empty({h.size(0), x.size(1)}, h.options());
    each_expert(s, dh, dx_rows, [&](std::int64_t e) { return gate_up[e]; });
    const at::Tensor dx = at::empty_like(x);
    combine(dx_rows, s, {}, dx);
    at::Tensor dweights = at::zeros({weights.numel()}, weights.options());
    dweights.index_copy_(0, s.slot, dweight_rows);
    return {dx,           d_gate_up,    d_down,      dweights.view(weights.sizes()),
            at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor expert_ffn(const at::Tensor& x, const Weight& gate_up, const Weight& down,
                      const Dispatch& dispatch) {
  return ExpertFfn::apply(x.contiguous(), gate_up.master, down.master, dispatch.weights,
                          gate_up.compute, down.compute, dispatch.slots);
}

}  // namespace btx::cpu
