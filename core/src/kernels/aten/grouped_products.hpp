#pragma once
// Products of each expert's rows with its own matrix.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace btx::aten {

/// M rows sorted by expert; where each one's end is known on their device. In bfloat16 on a GPU all
/// experts are one kernel; else the host waits for the ends, once.
class GroupedProducts {
 public:
  /// ends [E] int32: the end of each expert's rows. Rows behind the last are of no expert.
  explicit GroupedProducts(at::Tensor ends) : ends_(std::move(ends)) {}

  /// rows [M, I] of expert e x w[e]^T, w [E, O, I] -> [M, O]; rows of no expert hold anything.
  at::Tensor multiply(const at::Tensor& rows, const at::Tensor& w) const;
  /// The same with w[e], w [E, I, O].
  at::Tensor multiply_transposed(const at::Tensor& rows, const at::Tensor& w) const;
  /// Gradient of a weight [E, O, I]: dy_e^T x_e of each expert's rows, dy [M, O], x [M, I], added
  /// up as weight_gradient() does it. A grouped product rounds to bfloat16 before that: it has no
  /// other type of result.
  at::Tensor weight_gradient(const at::Tensor& master, const at::Tensor& dy,
                             const at::Tensor& x) const;

 private:
  /// First row of each expert and the end, on the host; the only wait for a GPU, once.
  const std::vector<std::int64_t>& offsets() const;
  at::Tensor products(const at::Tensor& rows, const at::Tensor& w, bool transposed) const;

  at::Tensor ends_;
  mutable std::optional<std::vector<std::int64_t>> offsets_;
};

}  // namespace btx::aten
