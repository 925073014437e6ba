#pragma once
// Which tensors a model has: names as in Hugging Face's files, in the order in which they lie in
// the flat buffers. Tensors that one matrix product serves are neighbours: q, k, v; gate, up; the
// gate and up of all experts; the down of all experts. A model can so use them as one view.

#include <btx/mix_plan.hpp>
#include <btx/model_config.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// Upper limit on the number of experts of one mixture layer.
inline constexpr std::int64_t kMostExperts = 4096;

/// Every tensor of the model but the router's own, as float32.
/// Throws btx::Error (usage) where the configuration is impossible.
BTX_EXPORT std::vector<TensorInfo> tensor_layout(const ModelConfig& config);

/// At least as many as tensor_layout() has, without making it: to refuse what a file asks for and
/// cannot hold.
BTX_EXPORT std::int64_t layout_size(const ModelConfig& config);

/// Throws btx::Error (usage) naming the field that is out of range or does not fit another.
BTX_EXPORT void check_model_config(const ModelConfig& config);

}  // namespace btx
