#pragma once
// Gradients of weights: in float32, straight into the flat gradient buffer where there is one.

#include <ATen/core/Tensor.h>

namespace btx::aten {

/// Where the gradient of a weight is added up.
struct GradientSum {
  at::Tensor sum;           ///< of the master's shape and type
  at::Tensor for_autograd;  ///< what autograd still has to add: nothing where `sum` is the buffer
};

/// The weight's gradient buffer, or zeros where it has none.
GradientSum gradient_sum(const at::Tensor& master);

/// sum += dy^T x, dy [N, O], x [N, I], sum [O, I]. Of bfloat16 on a GPU the product is not rounded
/// to bfloat16 before it is added.
void add_product(const at::Tensor& sum, const at::Tensor& dy, const at::Tensor& x);

/// The same added to the gradient of a weight. Returns what autograd still has to add: nothing
/// where the weight has a gradient buffer, else the product in the type of the master.
at::Tensor weight_gradient(const at::Tensor& master, const at::Tensor& dy, const at::Tensor& x);

/// The same of a gradient that is there, of the master's shape, in any float type.
at::Tensor add_gradient(const at::Tensor& master, const at::Tensor& gradient);

}  // namespace btx::aten
