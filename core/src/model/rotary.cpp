#include "model/rotary.hpp"

#include "model_spec/rope.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/pow.h>

#include <algorithm>
#include <bit>

namespace btx {
namespace {

at::Tensor scaled(const at::Tensor& frequency, const RopeScaling& scaling) {
  if (scaling.type == RopeType::none) return frequency;
  const at::Tensor host = frequency.cpu().contiguous();
  auto* values = host.data_ptr<double>();
  for (std::int64_t j = 0; j < host.numel(); ++j) values[j] = scaled_frequency(scaling, values[j]);
  return host.to(frequency.device());
}

}  // namespace

RotaryTables rotary_tables(const ModelConfig& config, std::int64_t positions,
                           const at::TensorOptions& options) {
  const at::Tensor exponent = at::arange(0, config.head_dim, 2, options.dtype(at::kDouble)) /
                              static_cast<double>(config.head_dim);
  const at::Tensor frequency =
      scaled(at::pow(config.rope_theta, exponent).reciprocal(), config.rope_scaling);
  const at::Tensor angle = at::outer(at::arange(positions, frequency.options()), frequency);
  return {angle.cos().to(options.dtype()), angle.sin().to(options.dtype())};
}

RotaryTables GrowingRotaryTables::at_least(std::int64_t positions) const {
  constexpr std::int64_t kFirst = 4096;
  const std::lock_guard lock(guard_);
  if (!tables_.cosine.defined() || tables_.cosine.size(0) < positions) {
    const auto wanted = static_cast<std::uint64_t>(std::max(positions, kFirst));
    const auto size = static_cast<std::int64_t>(std::bit_ceil(wanted));
    tables_ = rotary_tables(config_, std::min(size, config_.context), options_);
  }
  return tables_;
}

}  // namespace btx
