// One decision a layer, one a matrix, one a model.
#include "kernels/support.hpp"
#include "model/checks.hpp"

#include <ATen/ops/ones.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace btx;
using namespace btx_test;

namespace {

/// Notes where it is asked, as "LAYER PART:WIDTH"; sends everything to expert 0.
struct WhereAsked final : Router {
  RouterTraits traits(std::int64_t /*num_experts*/) const override { return {}; }
  Routing route(const at::Tensor& logits, const RouterContext& context) const override {
    names.push_back(fmt::format("{} {}:{}", context.layer, context.part, context.hidden().size(1)));
    Routing routing;
    routing.slots = at::zeros({logits.size(0), 1}, logits.options().dtype(at::kLong));
    routing.weights = at::ones({logits.size(0), 1}, logits.options());
    routing.probabilities = at::softmax(logits, 1);
    return routing;
  }
  mutable std::vector<std::string> names;
};

}  // namespace

TEST_CASE("identical experts are the dense model at every granularity") {
  for (const auto granularity : {Granularity::ffn, Granularity::linear, Granularity::model}) {
    CAPTURE(static_cast<int>(granularity));
    SmallModel dense(0, at::kFloat, cpu_ops());
    SmallModel mixture(3, at::kFloat, cpu_ops(), 2, granularity);
    copy_dense(dense, mixture);
    ForwardPass one, two;
    const Batch batch = small_batch(2);
    CHECK(error(mixture.decoder.hidden(batch, two), dense.decoder.hidden(batch, one)) < 1e-5);
  }
}

TEST_CASE("gradients equal finite differences at every granularity") {
  for (const auto granularity : {Granularity::linear, Granularity::model}) {
    CAPTURE(static_cast<int>(granularity));
    SmallModel mixture(3, at::kDouble, reference_ops(), 2, granularity);
    CHECK(finite_difference_error(mixture, small_batch(2)) < 1e-6);
  }
}

TEST_CASE("a model has the gates that its granularity asks for") {
  const auto gates = [](Granularity granularity) {
    std::vector<std::string> names;
    for (const auto& site : routing_sites(small_config(3, granularity))) {
      names.push_back(site.name() + ":" + std::to_string(site.width));
    }
    return names;
  };
  using Names = std::vector<std::string>;
  CHECK(gates(Granularity::ffn) == Names{"0:4", "1:4"});
  CHECK(gates(Granularity::model) == Names{"0:4"});
  CHECK(gates(Granularity::linear) == Names{"0 gate_proj:4", "0 up_proj:4", "0 down_proj:3",
                                            "1 gate_proj:4", "1 up_proj:4", "1 down_proj:3"});
}

TEST_CASE("a router sees the layer's input in float32, and its gradient reaches the layers below") {
  struct Looks final : Router {
    RouterTraits traits(std::int64_t /*num_experts*/) const override { return {}; }
    Routing route(const at::Tensor& logits, const RouterContext& context) const override {
      const at::Tensor hidden = context.hidden();
      CHECK(hidden.is_same(context.hidden()));
      CHECK((hidden.scalar_type() == at::kFloat));
      CHECK((logits.scalar_type() == at::kFloat));
      const at::Tensor slots = at::zeros({logits.size(0), 1}, logits.options().dtype(at::kLong));
      const at::Tensor ones = at::ones({logits.size(0), 1}, logits.options());
      return {slots, ones, at::softmax(logits, 1), {}, {{"size", hidden.square().sum()}}};
    }
  };
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    SmallModel model(3, type, reference_ops(), 2);
    const Decoder decoder(model.config, model.parameters, reference_ops(),
                          Component<Router>(std::make_shared<Looks>(), "looks"));
    ForwardPass pass;
    pass.keep_inputs = true;
    const at::Tensor out = decoder.hidden(small_batch(2), pass);
    const SiteRouting& site = pass.sites.at(0);
    REQUIRE(site.routing.losses.size() == 1);
    const at::Tensor& size = site.routing.losses[0].sum;
    CHECK(size.requires_grad());
    CHECK((site.input.scalar_type() == at::kFloat));
    CHECK(size.item<float>() == site.input.square().sum().item<float>());
    size.backward();
    CHECK(model.gradient("model.embed_tokens.weight").abs().sum().item<float>() > 0);
  }
}

TEST_CASE("routers are asked once at each site, in order, and never again for the same pass") {
  using Names = std::vector<std::string>;
  const auto asked = [](Granularity granularity) {
    auto router = std::make_shared<WhereAsked>();
    SmallModel model(3, at::kFloat, reference_ops(), 2, granularity);
    const Decoder decoder(model.config, model.parameters, reference_ops(),
                          Component<Router>(router, "where"));
    ForwardPass pass;
    decoder.hidden(small_batch(2), pass);
    for (const auto& site : pass.sites) CHECK(site.routing.slots.defined());
    return router->names;
  };
  CHECK(asked(Granularity::ffn) == Names{"0 :4", "1 :4"});
  CHECK(asked(Granularity::model) == Names{"0 :4"});
  CHECK(asked(Granularity::linear) == Names{"0 gate_proj:4", "0 up_proj:4", "0 down_proj:3",
                                            "1 gate_proj:4", "1 up_proj:4", "1 down_proj:3"});
}

TEST_CASE("with granularity model the first mixture layer's slots hold everywhere") {
  SmallModel mixture(3, at::kDouble, reference_ops(), 1, Granularity::model);
  const Batch batch = small_batch(2);
  ForwardPass pass;
  const at::Tensor before = mixture.decoder.hidden(batch, pass);
  REQUIRE(pass.sites.size() == 1);
  // An expert of the last layer that no token chose in the first one does nothing.
  for (std::int64_t e = 0; e < 3; ++e) {
    const bool chosen = (pass.sites[0].routing.slots == e).any().item<bool>();
    const std::string name = tensor_names::expert_ffn(1, e, "down_proj");
    const at::Tensor kept = mixture.parameters.view(name).clone();
    mixture.parameters.view(name).add_(1.0);
    ForwardPass again;
    const double change = error(mixture.decoder.hidden(batch, again), before);
    CHECK((change > 1e-9) == chosen);
    mixture.parameters.view(name).copy_(kept);
  }
}
