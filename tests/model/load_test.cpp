// From a checkpoint to a model in memory: the selection bias that an earlier training left, and
// what is kept of weights.
#include "model/load.hpp"
#include "model/plain_engine.hpp"
#include "model/small_model.hpp"
#include "model_spec/exact_tensors.hpp"
#include "support.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

/// A mixture's folder; its bias, if it has one, is 0.5, -0.25 and 0 in every layer.
fs::path saved(const std::string& name, bool has_bias) {
  top_k(1);
  ModelConfig config = small_config(3);
  config.router.selection_bias = has_bias;
  const LoadedModel model = new_model(config, 0.4, 3, plain_engine(), {});
  for (const at::Tensor& bias : model.decoder->selection_biases()) {
    bias.copy_(at::tensor({0.5, -0.25, 0.0}));
  }
  fs::path folder = scratch("load-" + name);
  save_model(model, folder);
  return folder;
}

/// Of layer 1.
at::Tensor bias_of(const fs::path& folder, const Training& training) {
  const LoadedModel model = load_model(ModelFolder(folder), plain_engine(), training);
  const auto biases = model.decoder->selection_biases();
  return biases.empty() ? at::Tensor() : biases.at(1).clone();
}

}  // namespace

// As the stages of a matched baseline are, one after the other.
TEST_CASE("a training goes on with the selection bias that the one before left") {
  const fs::path folder = saved("bias", true);
  const at::Tensor left = at::tensor({0.5, -0.25, 0.0}, at::kFloat);
  for (const bool moves : {true, false}) {
    CHECK(bias_of(folder, {true, {}, moves}).equal(left));
    CHECK(bias_of(folder, {false, {}, moves}).equal(left));
  }
}

TEST_CASE("a model without a selection bias gets one of zeros where a balance moves it") {
  const fs::path folder = saved("none", false);
  CHECK(!bias_of(folder, {true, {}, false}).defined());
  CHECK(bias_of(folder, {true, {}, true}).equal(at::tensor({0.0, 0.0, 0.0}, at::kFloat)));
}

TEST_CASE(
    "a model that is not trained has one copy of what it reads in the compute type, and computes "
    "the same bits") {
  for (const std::string router : {"", "top_k", "noisy_top_k"}) {
    for (const bool tied : {false, true}) {
      CAPTURE(router);
      CAPTURE(tied);
      load_plugins_under_test();
      ModelConfig config = small_config(router.empty() ? 0 : 3);
      config.router.type = router;
      config.tie_embeddings = tied;
      const fs::path folder = scratch("load-copies");
      save_model(new_model(config, 0.4, 3, plain_engine(), {}), folder);
      EngineConfig engine = plain_engine();
      engine.dtype = ComputeType::bfloat16;
      const LoadedModel trained = load_model(ModelFolder(folder), engine, {true, {}, false});
      const LoadedModel plain = load_model(ModelFolder(folder), engine, {});

      std::int64_t exact = 0;
      for (const auto& name : exact_tensors(config)) {
        const at::Tensor values = plain.parameters->view(name);
        CHECK((values.scalar_type() == at::kFloat));
        CHECK(values.equal(trained.parameters->view(name)));
        exact += values.numel();
      }
      CHECK(plain.parameters->master().numel() == exact);
      CHECK((plain.parameters->view("model.layers.1.self_attn.q_proj.weight").scalar_type() ==
             at::kBFloat16));

      const at::NoGradGuard no_gradients;
      ForwardPass one, other;
      const Batch batch = small_batch(2);
      const at::Tensor hidden = trained.decoder->hidden(batch, one);
      CHECK((hidden.scalar_type() == at::kBFloat16));
      CHECK(plain.decoder->hidden(batch, other).equal(hidden));
      CHECK(plain.decoder->logits(hidden).equal(trained.decoder->logits(hidden)));
      CHECK(plain.decoder->loss_of(hidden, batch.targets.reshape(-1))
                .equal(trained.decoder->loss_of(hidden, batch.targets.reshape(-1))));
    }
  }
}
