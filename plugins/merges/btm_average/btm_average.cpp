// Branch-Train-Merge's weight average: one dense model, every tensor the weighted mean.
// Source: arXiv:2208.03306, section 3.
#include <btx/merge_strategy.hpp>
#include <btx/plugin.hpp>

#include <map>

namespace {

class BtmAverage final : public btx::MergeStrategy {
 public:
  struct Config {
    std::map<std::string, double> weights;
    void fields(btx::Fields& f) {
      f("weights", weights, "of each model, by name; empty: all alike");
    }
  };

  explicit BtmAverage(const Config& config) : config_(config) {}

  btx::MixPlan plan(const btx::MergeInputs& inputs) const override {
    const std::vector<double> weights = btx::average_weights(inputs, config_.weights);
    btx::MixPlan plan;
    plan.config = inputs.models.front().config;
    for (const auto& tensor : inputs.models.front().tensors) {
      btx::MeanOrigin mean;
      for (std::size_t model = 0; model < weights.size(); ++model) {
        mean.from.push_back({model, tensor.name});
      }
      mean.weights = weights;
      plan.tensors.push_back({{tensor.name, btx::DType::float32, tensor.shape}, std::move(mean)});
    }
    return plan;
  }

 private:
  Config config_;
};

}  // namespace

BTX_PLUGIN("btm_average", "0.1.0", registrar) {
  registrar.add<btx::MergeStrategy, BtmAverage>("btm_average",
                                                "the experts' weights averaged to one dense model");
}
