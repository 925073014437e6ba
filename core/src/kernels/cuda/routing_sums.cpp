// The sums over each sequence's routings as one operation, whose gradients read the logits again.
#include "kernels/cuda/module.hpp"
#include "kernels/cuda/ops.hpp"

#include <ATen/ops/empty.h>

namespace btx::cuda {
namespace {

at::Tensor rows_of(const at::Tensor& x) {
  return x.defined() ? x.contiguous() : x;
}

template <class T>
const T* data_of(const at::Tensor& x) {
  return x.defined() ? x.const_data_ptr<T>() : nullptr;
}

at::Tensor sums_of(const RoutedTokens& in) {
  const std::int64_t tokens = in.logits.size(0) / in.groups, experts = in.logits.size(1);
  const std::int64_t blocks = (tokens + kSumTokens - 1) / kSumTokens;
  const auto options = in.logits.options().requires_grad(false);
  const at::Tensor partial = at::empty({in.groups, blocks, 4 * experts + 2}, options);
  at::Tensor sums = at::empty({in.groups, 4 * experts + 2}, options);
  BTX_CUDA(routing_sums)
  (data_of<std::int64_t>(in.slots), data_of<std::int64_t>(in.chosen), data_of<float>(in.weights),
   data_of<float>(in.probabilities), data_of<float>(in.logits), data_of<bool>(in.padding),
   in.groups, tokens, experts, in.slots.size(1), in.chosen.defined() ? in.chosen.size(1) : 0,
   partial.mutable_data_ptr<float>(), sums.mutable_data_ptr<float>());
  return sums;
}

struct RoutingSums : torch::autograd::Function<RoutingSums> {
  /// The first three are those of `tokens`, in which autograd does not see them.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& weights,
                            const at::Tensor& probabilities, const at::Tensor& logits,
                            const RoutedTokens& tokens) {
    const RoutedTokens in{rows_of(tokens.slots),  rows_of(tokens.chosen), rows_of(weights),
                          rows_of(probabilities), rows_of(logits),        rows_of(tokens.padding),
                          tokens.groups};
    context->save_for_backward({in.slots, in.logits, in.padding});
    context->set_materialize_grads(false);
    return sums_of(in);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    variable_list to(4);  // undefined but for what is asked for
    if (!grads[0].defined()) return to;
    const auto saved = context->get_saved_variables();
    const at::Tensor &slots = saved[0], &logits = saved[1], dsums = grads[0].contiguous();
    const auto wanted = [&](std::size_t input, at::IntArrayRef sizes) -> float* {
      if (!context->needs_input_grad(input)) return nullptr;
      to[input] = at::empty(sizes, dsums.options());
      return to[input].mutable_data_ptr<float>();
    };
    float* const dweights = wanted(0, slots.sizes());
    float* const dprobabilities = wanted(1, logits.sizes());
    float* const dlogits = wanted(2, logits.sizes());
    const std::int64_t groups = dsums.size(0);
    BTX_CUDA(routing_sums_backward)
    (dsums.const_data_ptr<float>(), slots.const_data_ptr<std::int64_t>(),
     logits.const_data_ptr<float>(), data_of<bool>(saved[2]), groups, logits.size(0) / groups,
     logits.size(1), slots.size(1), dweights, dprobabilities, dlogits);
    return to;
  }
};

}  // namespace

at::Tensor routing_sums(const RoutedTokens& tokens) {
  TORCH_CHECK(tokens.groups > 0 && tokens.logits.size(0) % tokens.groups == 0,
              "routing_sums: ", tokens.logits.size(0), " tokens are not ", tokens.groups,
              " sequences of one length");
  return RoutingSums::apply(tokens.weights, tokens.probabilities, tokens.logits, tokens);
}

}  // namespace btx::cuda
