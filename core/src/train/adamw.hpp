#pragma once
// AdamW over flat buffers: one pass over memory a step.
// Source: Loshchilov and Hutter 2019, arXiv:1711.05101 (decay not scaled by the moments).

#include "model/parameters.hpp"
#include "train/config.hpp"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

class BTX_EXPORT AdamW {
 public:
  /// Sorts the parameters into the groups of `config`: the first whose glob matches, else the
  /// stage's own. Decay acts on matrices (two dimensions or more) only.
  /// Frozen tensors are in no group. Throws btx::Error (usage) for a group that matches nothing.
  AdamW(Parameters& parameters, const TrainConfig& config);

  /// One update with gradients `gradient_scale` x parameters.gradient(). `step` counts from 1.
  /// Ends with parameters.refresh().
  void step(std::int64_t step, double lr, double gradient_scale);

  at::Tensor& m() { return m_; }  ///< first moments, as parameters.gradient()
  at::Tensor& v() { return v_; }  ///< second moments
  /// "matrices: 12 tensors, lr x 1, decay 0.1", a line a group.
  std::vector<std::string> describe() const;

 private:
  struct Segment {
    std::int64_t begin, end;  ///< in the masters
    std::int64_t gradient;    ///< where its gradient and moments begin
    double lr_factor, weight_decay;
  };
  struct Group {
    std::string name;
    double lr_factor, weight_decay;
    std::int64_t tensors = 0;
  };
  std::size_t group_of(const std::string& tensor, const TrainConfig& config) const;

  Parameters& parameters_;
  double beta1_, beta2_, epsilon_;
  std::vector<Group> groups_;
  std::vector<Segment> segments_;  ///< neighbours with equal settings are one
  at::Tensor m_, v_;
};

/// Norm of the whole gradient buffer, in float64.
BTX_EXPORT double gradient_norm(const Parameters& parameters);

/// Learning rate of optimizer step `step` (from 0) of `total`: linear warm-up, then a cosine to
/// min_lr_factor, or constant.
BTX_EXPORT double learning_rate(const TrainConfig& config, std::int64_t step, std::int64_t total);

}  // namespace btx
