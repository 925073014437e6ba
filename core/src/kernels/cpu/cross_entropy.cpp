// Cross entropy of a linear head without the whole matrix of logits: rows in chunks, the gradients
// computed in the forward pass, while a chunk's logits exist. The backward pass only scales them,
// so the incoming gradient must be the same for every row with a target; it is, for a mean or a sum
// (checked).
#include "kernels/cpu/autograd.hpp"
#include "kernels/cpu/ops.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>

namespace btx::cpu {
namespace {

constexpr std::int64_t kChunkBytes = 8 << 20;

struct CrossEntropy : torch::autograd::Function<CrossEntropy> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& h,
                            const at::Tensor& /*master*/, const at::Tensor& head,
                            const at::Tensor& targets, bool gradients) {
    const std::int64_t vocabulary = head.size(0);
    const std::int64_t chunk = std::max<std::int64_t>(
        64, kChunkBytes / (vocabulary * static_cast<std::int64_t>(h.element_size())));
    at::Tensor loss = at::empty({h.size(0)}, h.options().dtype(at::kFloat));
    at::Tensor dh = gradients ? at::empty_like(h) : at::Tensor();
    at::Tensor dw =
        gradients ? at::zeros(head.sizes(), head.options().dtype(at::kFloat)) : at::Tensor();
    for (std::int64_t begin = 0; begin < h.size(0); begin += chunk) {
      const std::int64_t rows = std::min(chunk, h.size(0) - begin);
      const at::Tensor part = h.narrow(0, begin, rows);
      const at::Tensor logits = at::mm(part, head.t());
      losses(logits, targets.narrow(0, begin, rows), loss.narrow(0, begin, rows));
      if (!gradients) continue;
      at::Tensor out = dh.narrow(0, begin, rows);
      at::mm_out(out, logits, head);
      dw.add_(at::mm(logits.t(), part));
    }
    context->save_for_backward({dh, dw, targets});
    return loss;
  }

  static void losses(const at::Tensor& logits, const at::Tensor& targets, const at::Tensor& loss) {
    const std::int64_t width = logits.size(1);
    by_type(logits, [&](auto type) {
      using T = decltype(type);
      over_rows(logits.size(0), width, [&](std::int64_t begin, std::int64_t end) {
        row_kernels<T>().cross_entropy(rows_of<T>(logits) + begin * width,
                                       targets.const_data_ptr<std::int64_t>() + begin,
                                       loss.data_ptr<float>() + begin, end - begin, width);
      });
    });
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const at::Tensor kept = grads[0].masked_select(saved[2] >= 0);
    if (kept.numel() == 0) {
      return {saved[0] * 0, saved[1] * 0, at::Tensor(), at::Tensor(), at::Tensor()};
    }
    const at::Tensor scale = kept[0];
    TORCH_CHECK((kept == scale).all().item<bool>(),
                "cross_entropy: every row needs the same weight in the loss");
    return {saved[0] * scale.to(saved[0].scalar_type()), saved[1] * scale, at::Tensor(),
            at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor cross_entropy(const at::Tensor& h, const Weight& head, const at::Tensor& targets) {
  const bool gradients =
      at::GradMode::is_enabled() && (h.requires_grad() || head.master.requires_grad());
  return CrossEntropy::apply(h.contiguous(), head.master, head.compute, targets, gradients);
}

}  // namespace btx::cpu
