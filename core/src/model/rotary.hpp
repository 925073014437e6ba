#pragma once
// The rotary embedding's tables.

#include <btx/model_config.hpp>

#include <ATen/core/Tensor.h>

namespace btx {

/// Cosines and sines of position x frequency, [T, d/2] each: T the model's context, d its head_dim.
struct RotaryTables {
  at::Tensor cosine, sine;
};

/// The tables in the type and on the device of `options`; computed in float64, cast once.
/// Source: Su et al. 2021, arXiv:2104.09864; scaling as model/rope.hpp says.   [any]
BTX_EXPORT RotaryTables rotary_tables(const ModelConfig& config, const at::TensorOptions& options);

}  // namespace btx
