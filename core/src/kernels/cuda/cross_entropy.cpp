// Cross entropy in chunks as aten/cross_entropy.cpp has it; each chunk's logits are read twice and
// become their gradient in place.
#include "kernels/aten/chunked_cross_entropy.hpp"
#include "kernels/cuda/module.hpp"
#include "kernels/cuda/ops.hpp"

namespace btx::cuda {
namespace {

at::Tensor chunk(const at::Tensor& logits, const at::Tensor& targets, const at::Tensor& loss,
                 bool gradient) {
  const at::Tensor of = targets.contiguous();
  BTX_CUDA(cross_entropy)
  (type_of(logits), logits.mutable_data_ptr(), of.const_data_ptr<std::int64_t>(), logits.size(0),
   logits.size(1), gradient, loss.mutable_data_ptr<float>());
  return logits;
}

}  // namespace

at::Tensor cross_entropy(const at::Tensor& h, const Weight& head, const at::Tensor& targets) {
  return aten::chunked_cross_entropy(h, head, targets, chunk);
}

}  // namespace btx::cuda
