// Uniform numbers about zero with a given standard deviation, as a published comparison with
// Branch-Train-MiX starts its gates.
// Source: arXiv:2502.19261, conversion script of the released code.
#include <btx/gate_init.hpp>
#include <btx/plugin.hpp>
#include <btx/random.hpp>

#include <cmath>

namespace {

class Uniform final : public btx::GateInit {
 public:
  struct Config {
    double std = 0.02;
    void fields(btx::Fields& f) { f("std", std, "standard deviation", {.min = 0}); }
  };

  explicit Uniform(const Config& config) : std_(config.std) {}

  std::vector<float> weights(const btx::GateSite& site,
                             const btx::GateProbe* /*probe*/) const override {
    std::vector<float> gate(site.experts.size() * static_cast<std::size_t>(site.width));
    double mean = 0;
    for (std::size_t i = 0; i < gate.size(); ++i) {
      gate[i] = btx::random_uniform(site.key, i);
      mean += gate[i] / static_cast<double>(gate.size());
    }
    const double scale = std_ * std::sqrt(12.0);  // the deviation of (0, 1) is 1 / sqrt(12)
    for (float& value : gate) value = static_cast<float>(scale * (value - mean));
    return gate;
  }

 private:
  double std_;
};

}  // namespace

BTX_PLUGIN("gate_uniform", "0.1.0", registrar) {
  registrar.add<btx::GateInit, Uniform>("uniform", "uniform numbers, their mean removed");
}
