// Branch-Train-MiX: every model's feed-forward layers become the experts of one mixture, copied as
// they are; everything else is averaged; one new gate a mixture layer. Layers that stay dense are
// averaged whole.
// Source: arXiv:2403.07816, section 3.2.
#include <btx/merge_strategy.hpp>
#include <btx/plugin.hpp>

#include <map>

namespace {

class BtxMerge final : public btx::MergeStrategy {
 public:
  struct Config {
    std::map<std::string, double> weights;
    void fields(btx::Fields& f) {
      f("weights", weights, "of each model in the averages, by name; empty: all alike");
    }
  };

  explicit BtxMerge(const Config& config) : config_(config) {}

  btx::MixPlan plan(const btx::MergeInputs& inputs) const override {
    btx::MixPlan plan;
    plan.config = inputs.models.front().config;
    plan.config.mixture = inputs.layers;
    plan.config.router = inputs.router;
    for (const auto& model : inputs.models) plan.config.experts.push_back(model.info);
    const std::vector<double> weights = btx::average_weights(inputs, config_.weights);
    for (const auto& tensor : inputs.models.front().tensors) {
      std::int64_t layer = 0;
      std::string part;
      const bool ffn = btx::tensor_names::parse_dense_ffn(tensor.name, layer, part);
      if (!ffn || !plan.config.is_mixture(layer)) {
        plan.tensors.push_back({as_float32(tensor, tensor.name), mean_of(tensor.name, weights)});
        continue;
      }
      for (std::size_t model = 0; model < inputs.models.size(); ++model) {
        const auto expert = static_cast<std::int64_t>(model);
        plan.tensors.push_back(
            {as_float32(tensor, btx::tensor_names::expert_ffn(layer, expert, part)),
             btx::CopyOrigin{{model, tensor.name}}});
      }
    }
    return plan;
  }

 private:
  static btx::TensorInfo as_float32(const btx::TensorInfo& tensor, const std::string& name) {
    return {name, btx::DType::float32, tensor.shape};
  }

  static btx::MeanOrigin mean_of(const std::string& name, const std::vector<double>& weights) {
    btx::MeanOrigin mean;
    for (std::size_t model = 0; model < weights.size(); ++model) mean.from.push_back({model, name});
    mean.weights = weights;
    return mean;
  }

  Config config_;
};

}  // namespace

BTX_PLUGIN("merge_btx", "0.1.0", registrar) {
  registrar.add<btx::MergeStrategy, BtxMerge>(
      "btx", "feed-forward layers become experts, the rest is averaged (Branch-Train-MiX)");
}
