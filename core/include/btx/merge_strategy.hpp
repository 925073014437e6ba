#pragma once
// A merge strategy plans one model out of several. It sees headers, never data.

#include <btx/export.hpp>
#include <btx/mix_plan.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace btx {

/// One model to be merged.
struct MergeInput {
  ExpertInfo info;
  ModelConfig config;
  std::vector<TensorInfo> tensors;
};

/// What plan() is given; the core fills it in.
struct MergeInputs {
  std::vector<MergeInput> models;  ///< in recipe order; equal shapes and tokenizers, checked before
  RouterChoice router;             ///< for results that are mixtures
  std::vector<bool> layers;        ///< [L] which layers become mixtures
  std::uint64_t seed = 0;          ///< of the random numbers of FunctionOrigins
  std::vector<std::string> domains;           ///< of the recipe
  std::vector<std::vector<double>> dev_loss;  ///< [models][domains] nats a token on dev text; empty
                                              ///< unless needs_dev_loss(), and while planning
};

/// The smallest one, which keeps the first model and leaves the others out:
///
///     class First final : public btx::MergeStrategy {
///      public:
///       struct Config {
///         void fields(btx::Fields& /*f*/) {}
///       };
///       explicit First(const Config& /*config*/) {}
///       btx::MixPlan plan(const btx::MergeInputs& inputs) const override {
///         btx::MixPlan plan;
///         plan.config = inputs.models[0].config;
///         for (std::size_t model = 0; model < inputs.models.size(); ++model) {
///           for (const auto& tensor : inputs.models[model].tensors) {
///             const btx::TensorRef from{model, tensor.name};
///             if (model > 0) plan.unused.push_back(from);
///             if (model == 0) plan.tensors.push_back({tensor, btx::CopyOrigin{from}});
///           }
///         }
///         return plan;
///       }
///     };
///     BTX_PLUGIN("smallest_merge", "0.1.0", registrar) {
///       registrar.add<btx::MergeStrategy, First>("smallest", "the first model");
///     }
class BTX_EXPORT MergeStrategy {
 public:
  static constexpr const char* kKind = "merge";
  virtual ~MergeStrategy();

  /// The plan. Deterministic; its config and tensors must not depend on dev_loss. What it leaves
  /// out of the gates and the router's own tensors the core adds; of inputs that are mixtures
  /// already it may plan them too. Throws btx::Error (usage) when the inputs cannot be merged.
  /// [any]
  virtual MixPlan plan(const MergeInputs& inputs) const = 0;

  /// Whether the models have to be scored on dev text before they are merged. Default: no.   [any]
  virtual bool needs_dev_loss() const;
};

/// The models' weights in an average, of sum 1: those given by name, or all alike if none is.
/// Throws btx::Error (usage) for a name that is not a model, a model without a weight, a negative
/// weight, or a sum of zero.   [any]
BTX_EXPORT std::vector<double> average_weights(const MergeInputs& inputs,
                                               const std::map<std::string, double>& given);

/// The average with these weights, [models]: every tensor the weighted sum of the models', of the
/// first one's shape, in float32. Source: Branch-Train-Merge, arXiv 2208.03306, section 3.   [any]
BTX_EXPORT MixPlan average_plan(const MergeInputs& inputs, const std::vector<double>& weights);

/// Names of a model's tensors, as Hugging Face spells them.
namespace tensor_names {
/// "model.layers.3.mlp.gate_proj.weight" is an FFN tensor of a dense layer: returns true and its
/// layer and part ("gate_proj", "up_proj", "down_proj").
BTX_EXPORT bool parse_dense_ffn(const std::string& name, std::int64_t& layer, std::string& part);
/// "model.layers.3.block_sparse_moe.experts.1.w1.weight"; part as above.
BTX_EXPORT std::string expert_ffn(std::int64_t layer, std::int64_t expert, const std::string& part);
/// "model.layers.3.block_sparse_moe.gate.weight", [E, D].
BTX_EXPORT std::string gate(std::int64_t layer);
/// The gate of one matrix, where each has its own: "...block_sparse_moe.gate.w1.weight"; [E, D], or
/// [E, F] for "down_proj".
BTX_EXPORT std::string gate(std::int64_t layer, const std::string& part);
}  // namespace tensor_names

}  // namespace btx
