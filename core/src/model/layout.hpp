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

/// Of a mixture layer.
inline constexpr std::int64_t kMostExperts = 4096;

/// Every tensor of the model but the router's own, as float32.
/// Throws btx::Error (usage) where the configuration is impossible.
BTX_EXPORT std::vector<TensorInfo> tensor_layout(const ModelConfig& config);

/// At least as many as tensor_layout() has, without making it: to refuse what a file asks for and
/// cannot hold.
BTX_EXPORT std::int64_t layout_size(const ModelConfig& config);

/// Throws btx::Error (usage) naming the field that is out of range or does not fit another.
BTX_EXPORT void check_model_config(const ModelConfig& config);

/// A place where a router decides: a layer, and with granularity "linear" one of its matrices.
struct RoutingSite {
  std::int64_t layer = 0;
  std::int64_t mixture_index = 0;  ///< counts mixture layers from 0
  std::string part;                ///< "gate_proj", "up_proj", "down_proj", or empty: the whole FFN
  std::int64_t width = 0;          ///< of what the gate multiplies
  std::string gate;                ///< name of its gate

  /// "3" or "3 up_proj".
  BTX_EXPORT std::string name() const;
};

/// Where routers decide in this model, in the order of a forward pass: every mixture layer, each
/// matrix of them, or the first one alone (RouterChoice::granularity). Empty for a dense model.
BTX_EXPORT std::vector<RoutingSite> routing_sites(const ModelConfig& config);

/// Tensors for which this is the same lie side by side and are used as one matrix: q, k and v; gate
/// and up; all experts' gate and up; all experts' down. Any other tensor's is its own name.
BTX_EXPORT std::string fused_with(const std::string& name);

/// Name of a router's own tensor in one layer.
BTX_EXPORT std::string router_tensor_name(std::int64_t layer, const std::string& name);

/// Parameters in all, the gates included.
BTX_EXPORT std::int64_t count_parameters(const ModelConfig& config);
/// Parameters that one token uses when `experts_per_token` experts run (method.md 7.2).
BTX_EXPORT double count_active_parameters(const ModelConfig& config, double experts_per_token);
/// Floating-point operations of one training token: 6 x (active parameters that multiply it) +
/// 12 x L x H x head_dim x T, in sequences of T tokens. A forward pass is a third of it.
BTX_EXPORT double training_flops_per_token(const ModelConfig& config, double experts_per_token,
                                           std::int64_t sequence_length);

}  // namespace btx
