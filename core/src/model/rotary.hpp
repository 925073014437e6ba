#pragma once
// The rotary embedding's tables.

#include <btx/export.hpp>
#include <btx/model_config.hpp>

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <mutex>

namespace btx {

/// Cosines and sines of position x frequency, [T, d/2] each: T positions, d the model's head_dim.
struct RotaryTables {
  at::Tensor cosine, sine;
};

/// The tables of the first `positions` in the type and on the device of `options`; computed in
/// float64, cast once.
/// Source: Su et al. 2021, arXiv:2104.09864; scaling as model_spec/rope.hpp says.   [any]
BTX_EXPORT RotaryTables rotary_tables(const ModelConfig& config, std::int64_t positions,
                                      const at::TensorOptions& options);

/// Tables that are as long as what was asked for: a context of a million tokens, of which a text
/// uses few, costs no memory.
class BTX_EXPORT GrowingRotaryTables {
 public:
  /// `config` must outlive it.
  GrowingRotaryTables(const ModelConfig& config, const at::TensorOptions& options)
      : config_(config), options_(options) {}

  /// Of at least the first `positions`, which are no more than the model's context.   [any]
  RotaryTables at_least(std::int64_t positions) const;
  at::Device device() const { return options_.device(); }

 private:
  const ModelConfig& config_;
  at::TensorOptions options_;
  mutable std::mutex guard_;
  mutable RotaryTables tables_;
};

}  // namespace btx
