// The mixture layer's experts on the CPU: tokens sorted by expert (a stable counting sort), one
// gather, one matrix product an expert on its contiguous block, one combining gather. The backward
// pass needs x, the hidden activations and the routing only: the gradient of a gate weight is
// <dA, A> at the FFN's inner activation, so expert outputs are not kept (SonicMoE,
// arXiv:2512.14080).
#include "kernels/cpu/autograd.hpp"
#include "kernels/cpu/expert_blocks.hpp"
#include "kernels/cpu/ops.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>

namespace btx::cpu {
namespace {

/// out[rows of expert e] = in[rows of e] x matrix(e), for every expert with rows.
template <class Matrix>
void each_expert(const ExpertBlocks& s, const at::Tensor& in, const at::Tensor& out,
                 Matrix matrix) {
  for (std::int64_t e = 0; e < s.experts(); ++e) {
    if (s.rows(e) == 0) continue;
    at::Tensor block = out.narrow(0, s.begin(e), s.rows(e));
    at::mm_out(block, in.narrow(0, s.begin(e), s.rows(e)), matrix(e));
  }
}

/// [E, ...] of a^T b over the rows of each expert, float32; zeros for experts without rows.
/// Padding adds nothing: one of the factors is zero there.
at::Tensor weight_gradient(const ExpertBlocks& s, const at::Tensor& a, const at::Tensor& b) {
  at::Tensor out = at::zeros({s.experts(), a.size(1), b.size(1)}, a.options().dtype(at::kFloat));
  for (std::int64_t e = 0; e < s.experts(); ++e) {
    if (s.rows(e) == 0) continue;
    out[e].copy_(
        at::mm(a.narrow(0, s.begin(e), s.rows(e)).t(), b.narrow(0, s.begin(e), s.rows(e))));
  }
  return out;
}

ExpertBlocks blocks_of(const at::Tensor& slots, const at::Tensor& gate_up) {
  return {slots, gate_up.size(0), gate_up.scalar_type() == at::kBFloat16};
}

void combine(const at::Tensor& x, const ExpertBlocks& s, const at::Tensor& scale,
             const at::Tensor& y) {
  const std::int64_t width = y.size(1);
  const std::int64_t slots = s.place().size(1);
  const float* scales = scale.defined() ? scale.const_data_ptr<float>() : nullptr;
  by_type(y, [&](auto type) {
    using T = decltype(type);
    over_rows(y.size(0), slots * width, [&](std::int64_t begin, std::int64_t end) {
      row_kernels<T>().combine(rows_of<T>(x),
                               s.place().const_data_ptr<std::int64_t>() + begin * slots,
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
    const ExpertBlocks s = blocks_of(slots, gate_up);
    const at::Tensor h = s.empty(gate_up.size(1), x.options());
    each_expert(s, s.gather(x), h, [&](std::int64_t e) { return gate_up[e].t(); });
    const at::Tensor a = s.empty(down.size(2), x.options());
    swiglu_rows(h, a);
    const at::Tensor y = s.empty(x.size(1), x.options());
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
    const ExpertBlocks s = blocks_of(saved[4], gate_up);
    const at::Tensor dy = s.gather(grads[0].contiguous());
    const at::Tensor da = s.empty(h.size(1) / 2, h.options());
    each_expert(s, dy, da, [&](std::int64_t e) { return down[e]; });

    const at::Tensor weight_rows = s.gather_slots(weights);
    const at::Tensor dweight_rows = at::empty_like(weight_rows);
    const at::Tensor dh = s.empty(h.size(1), h.options());
    const at::Tensor a = s.empty(da.size(1), h.options());
    swiglu_rows_backward(h, da, weight_rows, dh, dweight_rows, a);

    at::Tensor d_gate_up, d_down;  // stay undefined for frozen experts
    if (context->needs_input_grad(2)) d_down = weight_gradient(s, dy, a);
    if (context->needs_input_grad(1)) {
      d_gate_up = weight_gradient(s, dh, s.gather(x));
    }
    const at::Tensor dx_rows = s.empty(x.size(1), h.options());
    each_expert(s, dh, dx_rows, [&](std::int64_t e) { return gate_up[e]; });
    const at::Tensor dx = at::empty_like(x);
    combine(dx_rows, s, {}, dx);
    return {dx,           d_gate_up,    d_down,      s.scatter_slots(dweight_rows),
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
