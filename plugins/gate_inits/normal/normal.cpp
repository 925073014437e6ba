// Independent normal numbers.
#include <btx/gate_init.hpp>
#include <btx/plugin.hpp>
#include <btx/random.hpp>

namespace {

class Normal final : public btx::GateInit {
 public:
  struct Config {
    double std = 0.02;
    void fields(btx::Fields& f) { f("std", std, "standard deviation", {.min = 0}); }
  };

  explicit Normal(const Config& config) : std_(config.std) {}

  std::vector<float> weights(const btx::GateSite& site,
                             const btx::GateProbe* /*probe*/) const override {
    std::vector<float> gate(site.experts.size() * static_cast<std::size_t>(site.width));
    for (std::size_t i = 0; i < gate.size(); ++i) {
      gate[i] = static_cast<float>(std_ * btx::random_normal(site.key, i));
    }
    return gate;
  }

 private:
  double std_;
};

}  // namespace

BTX_PLUGIN("gate_normal", "0.1.0", registrar) {
  registrar.add<btx::GateInit, Normal>("normal", "independent normal numbers");
}
