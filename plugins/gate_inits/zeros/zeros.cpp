// Zeros: every expert has the same logit until the gate has been trained.
#include <btx/gate_init.hpp>
#include <btx/plugin.hpp>

namespace {

class Zeros final : public btx::GateInit {
 public:
  struct Config {
    void fields(btx::Fields& /*f*/) {}
  };

  explicit Zeros(const Config& /*config*/) {}

  std::vector<float> weights(const btx::GateSite& site,
                             const btx::GateProbe* /*probe*/) const override {
    return std::vector<float>(site.experts.size() * static_cast<std::size_t>(site.width), 0.0F);
  }
};

}  // namespace

BTX_PLUGIN("gate_zeros", "0.1.0", registrar) {
  registrar.add<btx::GateInit, Zeros>("zeros", "equal logits for every expert");
}
