#pragma once
// Names of tensors, as Hugging Face spells them; those that plugins need too are in
// btx/merge_strategy.hpp.

#include <btx/export.hpp>

#include <array>
#include <cstdint>
#include <string>

namespace btx {

/// The matrices of an FFN, as tensor_names calls them.
inline constexpr std::array kFfnParts = {"gate_proj", "up_proj", "down_proj"};

/// Tensors for which this is the same lie side by side and are used as one matrix: q, k and v; gate
/// and up; all experts' gate and up; all experts' down. Any other tensor's is its own name.
BTX_EXPORT std::string fused_with(const std::string& name);

/// Name of a router's own tensor in one layer.
BTX_EXPORT std::string router_tensor_name(std::int64_t layer, const std::string& name);

/// What the selection bias of a routing site is called among the router's own tensors.
inline constexpr const char* kSelectionBias = "selection_bias";
/// Name of the selection bias [E] of a routing site: that of a layer's FFN, or of one matrix of it.
BTX_EXPORT std::string selection_bias_name(std::int64_t layer, const std::string& part);
/// Whether a tensor is some site's selection bias.
BTX_EXPORT bool is_selection_bias(const std::string& tensor);

}  // namespace btx
