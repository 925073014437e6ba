// Layers with routers of their own: each decides in its layers alone.
#include "kernels/support.hpp"
#include "model/load.hpp"
#include "model/plain_engine.hpp"
#include "model/small_model.hpp"
#include "support.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

/// Top-1 in layer 1, Top-2 in the others.
ModelConfig narrowed() {
  ModelConfig config = small_config(3);
  config.router.by_layer = {{{1}, "top_k", R"({"k": 1})"}};
  return config;
}

LayerRouters routers_for(const ModelConfig& config) {
  LayerRouters routers;
  for (const auto& own : routers_in(config)) {
    const auto router = make_component<Router>(own.type, from_json(own.params, "the test"));
    for (const auto layer : own.layers) routers.set(layer, router);
  }
  return routers;
}

at::Tensor hidden(const Decoder& decoder, ForwardPass& pass) {
  const at::NoGradGuard no_gradient;
  return decoder.hidden(small_batch(2), pass);
}

}  // namespace

TEST_CASE("each layer is routed by its own router") {
  SmallModel model(3, at::kFloat, reference_ops());
  const ModelConfig config = narrowed();
  const Decoder decoder(config, model.parameters, reference_ops(), routers_for(config));
  ForwardPass pass;
  const at::Tensor own = hidden(decoder, pass);
  CHECK(pass.sites.at(0).routing.slots.size(1) == 2);
  CHECK(pass.sites.at(1).routing.slots.size(1) == 1);
  ForwardPass other;
  CHECK(!at::equal(own, hidden(model.decoder, other)));
  CHECK(at::equal(pass.sites.at(0).routing.weights, other.sites.at(0).routing.weights));
}

TEST_CASE("a model with routers by layer is the same after it was saved and loaded") {
  top_k(1);
  const EngineConfig engine = plain_engine();
  const LoadedModel made = new_model(narrowed(), 0.4, 3, engine, {});
  const fs::path folder = scratch("layer-routers");
  save_model(made, folder);
  const LoadedModel again = load_model(ModelFolder(folder), engine, {});
  ForwardPass before;
  ForwardPass after;
  CHECK(at::equal(hidden(*made.decoder, before), hidden(*again.decoder, after)));
  CHECK(after.sites.at(1).routing.slots.size(1) == 1);
}

TEST_CASE("what a model's routers say of it holds for all its layers") {
  top_k(1);
  ModelConfig config = narrowed();
  CHECK(experts_per_token(config) == 1.5);
  CHECK(router_traits(config).experts_per_token == 1.5);
  CHECK(routers_in(config).size() == 2);
  CHECK(!is_mixtral(config));
  config.router.by_layer = {{{0, 1}, "top_k", R"({"k": 1})"}};
  CHECK(routers_in(config).size() == 1);
  CHECK(experts_per_token(config) == 1);
  CHECK(is_mixtral(config));
}
