// What a training keeps of its routing: experts a token, and the bias that a balance moves.
#include "train/small_run.hpp"

#include <btx/merge_strategy.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

bool is_no_gate(const std::string& name) {
  return name.find(".gate.") == std::string::npos;
}

bool everything(const std::string& /*name*/) {
  return true;
}

/// A mixture whose router says that it has 2 experts a token on average, with gates that stay: all
/// logits of layer 0 are 0, those of layer 1 are x, -x and 0. Only a positive one runs an expert.
SmallRun relu_run() {
  ModelConfig shape = small_config(3);
  shape.router = {"relu", R"({"k": 2})", Granularity::ffn};
  TrainConfig config = small_training();
  config.micro_batch = 2;
  return SmallRun(config, shape, is_no_gate, {{}, BalanceScope::global});
}

void set_gates(SmallRun& run) {
  run.model.parameters.view(tensor_names::gate(0)).zero_();
  at::Tensor gate = run.model.parameters.view(tensor_names::gate(1));
  gate[1].copy_(-gate[0]);
  gate[2].zero_();
  run.model.parameters.refresh();
}

TrainConfig one_step() {
  TrainConfig config = small_training();
  config.tokens = config.batch_tokens;
  return config;
}

/// The slots of every expert at each site over the first step of a run that has not begun.
std::vector<std::vector<double>> first_counts(SmallRun& run) {
  DataBlend blend(run.data.train, 7, random_key(11, "data"));
  Batch batch;
  batch.tokens = at::zeros({4, 7}, at::kLong);
  for (std::int64_t i = 0; i < 4; ++i) {
    std::vector<std::int64_t> row(8);
    blend.sequence(i, row);
    std::copy_n(row.begin(), 7, batch.tokens.data_ptr<std::int64_t>() + 7 * i);
  }
  const at::NoGradGuard no_gradient;
  ForwardPass pass;
  run.model.decoder.hidden(batch, pass);
  std::vector<std::vector<double>> counts;
  for (const auto& site : pass.sites) {
    counts.emplace_back();
    for (int e = 0; e < 3; ++e) {
      counts.back().push_back((site.routing.slots == e).sum().item<double>());
    }
  }
  return counts;
}

std::vector<at::Tensor> copies(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> all;
  for (const auto& one : tensors) all.push_back(one.clone());
  return all;
}

}  // namespace

TEST_CASE("experts a token are counted, whatever an adaptive router aims at") {
  SmallRun run = relu_run();
  set_gates(run);
  const TrainResult result = run.train(btx_test::scratch("relu"));
  CHECK(result.experts_per_token == doctest::Approx((0 + 1) / 2.0));
}

// Each expert should have 4 * 7 * 2 / 3 slots of a step.
TEST_CASE("training moves the model's own selection bias, against the step's load") {
  SmallRun run(one_step(), 3, everything, balances_of({{"loss_free", R"({"rate":0.25})"}}));
  const auto before = copies(run.model.decoder.selection_biases());
  const auto counts = first_counts(run);
  run.train(btx_test::scratch("bias"));
  const auto after = run.model.decoder.selection_biases();
  REQUIRE(after.size() == 2);
  for (std::size_t site = 0; site < 2; ++site) {
    for (std::size_t e = 0; e < 3; ++e) {
      const auto at = static_cast<std::int64_t>(e);
      const double moved = (after[site][at] - before[site][at]).item<double>();
      CHECK(moved == doctest::Approx(counts[site][e] < 56.0 / 3 ? 0.25 : -0.25));
    }
  }
}

TEST_CASE("a frozen gate keeps its selection bias") {
  SmallRun run(one_step(), 3, is_no_gate, balances_of({{"loss_free", "{}"}}));
  const auto before = copies(run.model.decoder.selection_biases());
  run.train(btx_test::scratch("frozen-bias"));
  const auto after = run.model.decoder.selection_biases();
  for (std::size_t site = 0; site < 2; ++site) CHECK(after[site].equal(before[site]));
}
