#pragma once
// The model that [model] describes.

#include "recipe/schema/model_shape.hpp"

#include <btx/export.hpp>
#include <btx/model_config.hpp>

#include <cstdint>

namespace btx {

/// The model a trained seed has with this vocabulary; shape.head_dim must be resolved.   [any]
BTX_EXPORT ModelConfig seed_config(const ModelShape& shape, std::int64_t vocab_size);

}  // namespace btx
