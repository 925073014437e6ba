// What a router draws and chooses. Kept for the gradient are the softmaxes alone.
#include "kernels/reference/routing.hpp"
#include "kernels/cuda/module.hpp"
#include "kernels/cuda/ops.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <optional>

namespace btx::cuda {
namespace {

const float* floats_of(const at::Tensor& x) {
  return x.defined() ? x.const_data_ptr<float>() : nullptr;
}

/// Without `softmaxes` the slots alone.
TopKRouting chosen(const at::Tensor& scores, const at::Tensor& bias, std::int64_t k,
                   bool softmaxes) {
  const at::Tensor rows = scores.contiguous(), added = bias.defined() ? bias.contiguous() : bias;
  const auto options = rows.options().requires_grad(false);
  TopKRouting made;
  made.slots = at::empty({rows.size(0), k}, options.dtype(at::kLong));
  if (softmaxes) {
    made.weights = at::empty({rows.size(0), k}, options);
    made.probabilities = at::empty(rows.sizes(), options);
  }
  BTX_CUDA(top_k)
  (rows.const_data_ptr<float>(), floats_of(added), rows.size(0), rows.size(1), k,
   made.slots.mutable_data_ptr<std::int64_t>(),
   softmaxes ? made.weights.mutable_data_ptr<float>() : nullptr,
   softmaxes ? made.probabilities.mutable_data_ptr<float>() : nullptr);
  return made;
}

struct TopK : torch::autograd::Function<TopK> {
  static variable_list forward(AutogradContext* context, const at::Tensor& logits,
                               const std::optional<at::Tensor>& bias, std::int64_t k) {
    const TopKRouting made = chosen(logits, bias.value_or(at::Tensor()), k, true);
    context->save_for_backward({made.slots, made.weights, made.probabilities});
    context->mark_non_differentiable({made.slots});
    context->set_materialize_grads(false);
    return {made.slots, made.weights, made.probabilities};
  }
  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    at::Tensor dlogits;  // stays undefined where nothing came
    if (grads[1].defined() || grads[2].defined()) {
      const auto saved = context->get_saved_variables();
      const at::Tensor &slots = saved[0], &weights = saved[1], &probabilities = saved[2];
      const at::Tensor dweights = grads[1].defined() ? grads[1].contiguous() : grads[1];
      const at::Tensor dprobabilities = grads[2].defined() ? grads[2].contiguous() : grads[2];
      dlogits = at::empty_like(probabilities);
      BTX_CUDA(top_k_backward)
      (floats_of(dweights), floats_of(dprobabilities), slots.const_data_ptr<std::int64_t>(),
       floats_of(weights), floats_of(probabilities), slots.size(0), probabilities.size(1),
       slots.size(1), dlogits.mutable_data_ptr<float>());
    }
    return {dlogits, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor choose(const at::Tensor& scores, const at::Tensor& bias, std::int64_t k) {
  if (scores.scalar_type() != at::kFloat) return reference::choose(scores, bias, k);
  return chosen(scores, bias, k, false).slots;
}

TopKRouting top_k(const at::Tensor& logits, const at::Tensor& bias, std::int64_t k) {
  if (logits.scalar_type() != at::kFloat) return reference::top_k(logits, bias, k);
  // Autograd takes no tensor that is undefined.
  const auto added = bias.defined() ? std::optional(bias) : std::nullopt;
  const variable_list made = TopK::apply(logits, added, k);
  return {made[0], made[1], made[2]};
}

at::Tensor uniform(std::uint64_t key, const at::Tensor& index, std::int64_t columns) {
  const at::Tensor rows = index.contiguous();
  at::Tensor made = at::empty({rows.size(0), columns}, index.options().dtype(at::kFloat));
  BTX_CUDA(uniform)
  (key, rows.const_data_ptr<std::int64_t>(), rows.size(0), columns, made.mutable_data_ptr<float>());
  return made;
}

}  // namespace btx::cuda
