// The paper's default router: keep the k largest logits, softmax over those.
// Source: arXiv:2403.07816, section 3.2.
#include "common/experts.hpp"

#include <btx/plugin.hpp>
#include <btx/router.hpp>

#include <string>

namespace {

class TopK final : public btx::Router {
 public:
  struct Config {
    std::int64_t k = 2;
    void fields(btx::Fields& f) { f("k", k, "experts a token runs through", {.min = 1}); }
  };

  explicit TopK(const Config& config) : k_(config.k) {}

  btx::RouterTraits traits(std::int64_t num_experts) const override {
    routers::check_k(k_, num_experts);
    btx::RouterTraits traits;
    traits.experts_per_token = static_cast<double>(k_);
    traits.linear = true;
    traits.mixtral = true;
    return traits;
  }

  std::string mixtral_params(std::int64_t experts_per_token) const override {
    return "{\"k\": " + std::to_string(experts_per_token) + "}";
  }

  btx::Routing route(const at::Tensor& logits, const btx::RouterContext& context) const override {
    return context.top_k(logits, k_);
  }

 private:
  std::int64_t k_;
};

}  // namespace

BTX_PLUGIN("top_k", "0.1.0", registrar) {
  registrar.add<btx::Router, TopK>("top_k", "softmax over the k largest logits (BTX's default)");
}
