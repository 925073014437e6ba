#pragma once
// What several tests of models ask of one.

#include "model/small_model.hpp"

#include <btx/merge_strategy.hpp>

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

namespace btx_test {

using namespace btx;

/// Over the tokens of a batch, in a training pass.
inline at::Tensor mean_loss(const Decoder& decoder, const Batch& batch) {
  ForwardPass pass;
  pass.training = true;
  return decoder.loss(batch, pass).mean();
}

/// Gives every expert of the mixture the dense model's FFN, and everything else its tensors.
inline void copy_dense(const SmallModel& dense, SmallModel& mixture) {
  for (const auto& entry : dense.parameters.entries()) {
    const std::string& name = entry.info.name;
    std::int64_t layer = 0;
    std::string part;
    if (!tensor_names::parse_dense_ffn(name, layer, part)) {
      mixture.parameters.view(name).copy_(dense.parameters.view(name));
      continue;
    }
    for (std::int64_t e = 0; e < mixture.config.num_experts(); ++e) {
      mixture.parameters.view(tensor_names::expert_ffn(layer, e, part))
          .copy_(dense.parameters.view(name));
    }
  }
  mixture.parameters.refresh();
}

/// Worst difference between the gradient buffer and central differences, over some elements of
/// every tensor.
inline double finite_difference_error(SmallModel& model, const Batch& batch) {
  model.parameters.zero_gradient();
  mean_loss(model.decoder, batch).backward();
  const at::NoGradGuard no_gradient;
  double worst = 0;
  for (const auto& entry : model.parameters.entries()) {
    const at::Tensor flat = model.parameters.view(entry.info.name).view(-1);
    const at::Tensor gradient = model.gradient(entry.info.name).reshape(-1);
    for (std::int64_t i = 0; i < flat.numel(); i += 1 + flat.numel() / 5) {
      const double before = flat[i].item<double>();
      flat[i].fill_(before + 1e-6);
      const double up = mean_loss(model.decoder, batch).item<double>();
      flat[i].fill_(before - 1e-6);
      const double down = mean_loss(model.decoder, batch).item<double>();
      flat[i].fill_(before);
      worst = std::max(worst, std::abs((up - down) / 2e-6 - gradient[i].item<double>()));
    }
  }
  return worst;
}

}  // namespace btx_test
