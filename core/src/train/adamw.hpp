#pragma once
// AdamW over flat buffers: one pass over memory a step.
// Source: Loshchilov and Hutter 2019, arXiv:1711.05101 (decay not scaled by the moments).

#include "kernels/ops.hpp"
#include "model/parameters.hpp"
#include "recipe/schema/train.hpp"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace btx {

/// Updates parameters, and keeps the moments that this needs. Used by one thread at a time.
class BTX_EXPORT AdamW {
 public:
  /// Sorts the parameters, which must outlive the optimizer, into the groups of `config`: the first
  /// whose glob matches, else the stage's own. Decay acts on matrices (two dimensions or more)
  /// only. Frozen tensors are in no group. Throws btx::Error (usage) as group_fault() says.
  AdamW(Parameters& parameters, const TrainConfig& config);

  /// One update with gradients `gradient_scale` x parameters.gradient(). `step` counts from 1.
  /// The compute copy is up to date after it.
  void step(std::int64_t step, double lr, double gradient_scale);

  at::Tensor& m() { return m_; }  ///< first moments, as parameters.gradient()
  at::Tensor& v() { return v_; }  ///< second moments

 private:
  /// Neighbours in the flat buffers that are updated alike.
  struct Segment {
    std::int64_t begin, end;  ///< in the masters and their copy
    std::int64_t gradient;    ///< where its gradient and moments begin
    double lr_factor, weight_decay;
  };
  void add(const Parameters::Entry& entry, double lr_factor, double weight_decay);

  Parameters& parameters_;
  const Ops& ops_;
  double beta1_, beta2_, epsilon_;
  std::vector<Segment> segments_;
  at::Tensor m_, v_;
};

/// Norm of the whole gradient buffer, in float64.
BTX_EXPORT double gradient_norm(const Parameters& parameters);

}  // namespace btx
