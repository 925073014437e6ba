#pragma once
// What a router says of itself, without LibTorch: enough to plan a model with it.

#include <btx/export.hpp>
#include <btx/model_config.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// What a router says of itself before it is built into a model.
struct RouterTraits {
  bool causal = true;                  ///< a token's routing never depends on later tokens
  bool independent = true;             ///< ... nor on other sequences of the batch
  std::string causal_substitute = {};  ///< for a router that is not causal: what route() does
                                       ///< instead outside training, which the report then names;
                                       ///< empty: such a model cannot be scored
  double experts_per_token = 0;        ///< expected number of experts run a token, for costs
  bool adaptive = false;               ///< tokens differ in how many experts they run through, so
                                       ///< that experts_per_token is a target and not a fact
  bool draws = false;                  ///< asks for random numbers outside training, too
  bool linear = false;                 ///< may route the three matrices of an FFN one by one, as
                                       ///< router.granularity = "linear" asks
  bool mixtral = false;  ///< softmax over the top `experts_per_token` logits and nothing
                         ///< else, so that MixtralForCausalLM computes the same logits
};

/// A tensor a router owns in each mixture layer. Parameters live in the model's flat buffers and
/// train; state is changed in after_step() alone. Both are saved and continue exactly.
struct RouterTensor {
  std::string name;  ///< lower_case, unique within the router
  std::vector<std::int64_t> shape;
  double normal_std = 0;  ///< initial values: normal with this deviation around `mean`
  double mean = 0;
  bool state = false;  ///< not a parameter
};

/// The part of a router that plans need; see router.hpp for the rest.
class BTX_EXPORT RouterDescription {
 public:
  static constexpr const char* kKind = "router";
  using Registered = RouterDescription;
  virtual ~RouterDescription();

  /// Throws btx::Error (usage) when the parameters do not fit that many experts.   [any]
  virtual RouterTraits traits(std::int64_t num_experts) const = 0;

  /// experts_per_token where it differs between layers; `index` counts mixture layers from 0.
  /// Default: traits().experts_per_token.   [any]
  virtual double experts_per_token(std::int64_t num_experts, std::int64_t index) const;

  /// The parameters, as JSON, with which RouterTraits::mixtral holds for that many experts a token,
  /// so that a MixtralForCausalLM can be imported with this router; empty: there are none, which is
  /// the default.   [any]
  virtual std::string mixtral_params(std::int64_t experts_per_token) const;

  /// Tensors for one layer, beside the core's gate. Default: none.   [any]
  virtual std::vector<RouterTensor> tensors(const ModelConfig& config, std::int64_t layer) const;
};

}  // namespace btx
