// Top-k over logits with noise, whose size the router learns for each token and expert.
// Source: Shazeer et al. 2017, arXiv:1701.06538, section 2.1.
#include "common/experts.hpp"

#include <btx/plugin.hpp>
#include <btx/router.hpp>

#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/softplus.h>

#include <numbers>
#include <vector>

namespace {

class NoisyTopK final : public btx::Router {
 public:
  struct Config {
    std::int64_t k = 2;
    void fields(btx::Fields& f) { f("k", k, "experts a token runs through", {.min = 1}); }
  };

  explicit NoisyTopK(const Config& config) : k_(config.k) {}

  btx::RouterTraits traits(std::int64_t num_experts) const override {
    routers::check_k(k_, num_experts);
    btx::RouterTraits traits;
    traits.experts_per_token = static_cast<double>(k_);
    return traits;
  }

  std::vector<btx::RouterTensor> tensors(const btx::ModelConfig& config,
                                         std::int64_t /*layer*/) const override {
    return {{.name = "w_noise", .shape = {config.num_experts(), config.hidden_size}}};
  }

  btx::Routing route(const at::Tensor& logits, const btx::RouterContext& context) const override {
    const at::Tensor noisy = context.training ? logits + noise(logits.size(1), context) : logits;
    btx::Routing routing;
    routing.slots = context.choose(noisy, k_);
    routing.weights = at::softmax(noisy.gather(1, routing.slots), 1);
    routing.probabilities = at::softmax(logits, 1);
    return routing;
  }

 private:
  /// [N, E]: StandardNormal() x Softplus(x W_noise).
  static at::Tensor noise(std::int64_t experts, const btx::RouterContext& context) {
    const at::Tensor x = context.hidden();
    const at::Tensor w_noise = context.tensors.at("w_noise").to(x.scalar_type());
    return standard_normal(experts, context) * at::softplus(at::matmul(x, w_noise.t()));
  }

  /// [N, columns], by Box and Muller.
  static at::Tensor standard_normal(std::int64_t columns, const btx::RouterContext& context) {
    const at::Tensor uniform = context.uniform("noise", 2 * columns);
    const at::Tensor radius = (uniform.narrow(1, 0, columns).log() * -2).sqrt();
    return radius * (uniform.narrow(1, columns, columns) * (2 * std::numbers::pi)).cos();
  }

  std::int64_t k_;
};

}  // namespace

BTX_PLUGIN("noisy_top_k", "0.1.0", registrar) {
  registrar.add<btx::Router, NoisyTopK>("noisy_top_k",
                                        "top-k with noise of a learned size in training");
}
