#include "kernels/aten/chunked_cross_entropy.hpp"
#include "kernels/aten/ops.hpp"
#include "kernels/aten/weight_gradient.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_assert_async.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <limits>

namespace btx::aten {
namespace {

constexpr std::int64_t kChunkBytes = std::int64_t{128}
                                     << 20;  // of float32 logits; plan/estimate.cpp
constexpr std::int64_t kFewestRows = 64;

std::int64_t rows_at_once(const at::Tensor& head) {
  return std::max(kFewestRows, kChunkBytes / (4 * head.size(0)));
}

struct CrossEntropy : torch::autograd::Function<CrossEntropy> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& h, const at::Tensor& master,
                            const at::Tensor& head, const at::Tensor& targets, ChunkLoss chunk_loss,
                            bool gradients) {
    at::Tensor loss = at::empty(
        {h.size(0)}, h.options().dtype(h.scalar_type() == at::kDouble ? at::kDouble : at::kFloat));
    at::Tensor dh, dw;
    if (gradients) {
      dh = at::empty_like(h);
      if (master.requires_grad()) {
        dw = at::zeros(head.sizes(), master.options().requires_grad(false));
      }
    }
    const std::int64_t chunk = rows_at_once(head);
    for (std::int64_t begin = 0; begin < h.size(0); begin += chunk) {
      const std::int64_t rows = std::min(chunk, h.size(0) - begin);
      const at::Tensor part = h.narrow(0, begin, rows);
      const at::Tensor dlogits = chunk_loss(at::mm(part, head.t()), targets.narrow(0, begin, rows),
                                            loss.narrow(0, begin, rows), gradients);
      if (!gradients) continue;
      const at::Tensor narrow = dlogits.to(h.scalar_type());
      at::Tensor out = dh.narrow(0, begin, rows);
      at::mm_out(out, narrow, head);
      if (dw.defined()) add_product(dw, narrow, part);
    }
    context->save_for_backward({dh, dw, targets, master});
    return loss;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const at::Tensor& targets = saved[2];
    const double infinity = std::numeric_limits<double>::infinity();
    const at::Tensor largest = grads[0].masked_fill(targets < 0, -infinity).max();
    const at::Tensor smallest = grads[0].masked_fill(targets < 0, infinity).min();
    at::_assert_async((largest <= smallest), "cross_entropy: every row needs the same weight");
    // Where no row has a target all gradients are zero.
    const at::Tensor scale = largest.masked_fill(largest == -infinity, 0.0);
    at::Tensor dw;
    if (context->needs_input_grad(1)) dw = add_gradient(saved[3], saved[1].mul_(scale));
    return {saved[0] * scale.to(saved[0].scalar_type()),
            dw,
            at::Tensor(),
            at::Tensor(),
            at::Tensor(),
            at::Tensor()};
  }
};

/// A ChunkLoss in plain ATen.
at::Tensor loss_of_chunk(const at::Tensor& logits, const at::Tensor& targets,
                         const at::Tensor& loss, bool with_gradient) {
  const at::Tensor all = at::log_softmax(logits, -1, loss.scalar_type());
  const at::Tensor without = (targets < 0).unsqueeze(1);
  const at::Tensor target = targets.clamp_min(0).unsqueeze(1);
  loss.copy_(all.gather(1, target).neg().masked_fill(without, 0.0).squeeze(1));
  if (!with_gradient) return {};
  at::Tensor gradient = all.exp();
  // Of a number: of a tensor a GPU would sort to be deterministic, and no row has two targets.
  gradient.scatter_(1, target, -1.0, "add");
  return gradient.masked_fill_(without, 0.0);
}

}  // namespace

at::Tensor chunked_cross_entropy(const at::Tensor& h, const Weight& head, const at::Tensor& targets,
                                 ChunkLoss chunk) {
  const bool gradients =
      at::GradMode::is_enabled() && (h.requires_grad() || head.master.requires_grad());
  return CrossEntropy::apply(h, head.master, head.compute, targets, chunk, gradients);
}

at::Tensor cross_entropy(const at::Tensor& h, const Weight& head, const at::Tensor& targets) {
  return chunked_cross_entropy(h, head, targets, loss_of_chunk);
}

}  // namespace btx::aten
