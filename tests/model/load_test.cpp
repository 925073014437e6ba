// From a checkpoint to a model in memory: the selection bias that an earlier training left.
#include "model/load.hpp"
#include "model/plain_engine.hpp"
#include "model/small_model.hpp"
#include "support.hpp"

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
