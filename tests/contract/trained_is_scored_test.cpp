// The model that is trained is the model that is scored, generated from and saved: whatever router,
// granularity and balance, a token is routed alike in all of them, the selection bias that training
// left included.
#include "contract/mixtures.hpp"
#include "eval/generation/decoder_text.hpp"
#include "model_spec/router_info.hpp"
#include "train/balances.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>

using namespace btx;
using namespace btx_test;

namespace {

Batch two_sequences(const ModelConfig& config) {
  Batch batch;
  batch.tokens =
      (at::arange(2 * config.context, at::kLong) * 5 % config.vocab_size).view({2, config.context});
  return batch;
}

/// Slots of every site, [sites] tensors [N, K].
std::vector<at::Tensor> slots_of(const ForwardPass& pass) {
  std::vector<at::Tensor> slots;
  for (const auto& site : pass.sites) slots.push_back(site.routing.slots);
  return slots;
}

std::vector<at::Tensor> routed(const LoadedModel& model, const Batch& batch, bool training) {
  const at::NoGradGuard no_gradient;
  ForwardPass pass;
  pass.training = training;
  pass.total_steps = training ? 10 : 0;
  model.decoder->hidden(batch, pass);
  return slots_of(pass);
}

/// The first sequence, its tokens one by one through the key-value cache.
std::vector<at::Tensor> routed_with_cache(const LoadedModel& model, const Batch& batch) {
  std::vector<std::vector<at::Tensor>> steps;
  DecoderText text(*model.decoder, [&](const ForwardPass& pass, const at::Tensor& /*real*/) {
    steps.push_back(slots_of(pass));
  });
  const auto* ids = batch.tokens.const_data_ptr<std::int64_t>();
  text.start({{ids[0]}});
  for (std::int64_t i = 1; i < batch.tokens.size(1); ++i) text.next({ids[i]});
  std::vector<at::Tensor> sites;
  for (std::size_t site = 0; site < steps[0].size(); ++site) {
    std::vector<at::Tensor> tokens;
    for (const auto& step : steps) tokens.push_back(step[site]);
    sites.push_back(at::cat(tokens));
  }
  return sites;
}

bool equal(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!std::get<0>(a[i].sort(1)).equal(std::get<0>(b[i].sort(1)))) return false;
  }
  return true;
}
using Sites = std::vector<at::Tensor>;

Sites first_sequence(const Sites& sites, std::int64_t length) {
  Sites first;
  for (const auto& site : sites) first.push_back(site.narrow(0, 0, length));
  return first;
}

/// Steps that give one expert all the load, so that a balance that moves a bias moves it far.
void push(LoadedModel& model, const std::string& balance) {
  std::vector<ActiveBalance> active;
  active.push_back({balance, make_component<Balance>(balance)});
  const Balances balances(std::move(active), BalanceScope::global);
  const auto sites = model.decoder->selection_biases().size();
  BalanceStatistics s;
  s.u = s.p = s.load = {1, 0, 0};
  s.tokens = 10;
  for (int step = 0; step < 2000; ++step) {
    balances.after_step(std::vector(sites, s), std::vector<bool>(sites),
                        model.decoder->selection_biases());
  }
}

/// Training routes as evaluation does, but for noise and for capacities.
bool same_in_training(const std::string& router) {
  return router != "sample_top_k" && router != "noisy_top_k" && router != "switch" &&
         router != "expert_choice";
}

void check(LoadedModel& model, const std::string& router) {
  const Batch batch = two_sequences(model.config);
  const Sites scored = routed(model, batch, false);
  if (same_in_training(router)) CHECK(equal(routed(model, batch, true), scored));
  const Sites first = first_sequence(scored, batch.tokens.size(1));
  CHECK(equal(routed_with_cache(model, batch), first));
  Batch half = batch;
  half.tokens = batch.tokens.narrow(1, 0, 3).contiguous();
  CHECK(equal(first_sequence(routed(model, half, false), 3), first_sequence(scored, 3)));
  const fs::path folder = scratch("trained-is-scored-saved");
  save_model(model, folder);
  const LoadedModel again = load_model(ModelFolder(folder), plain_engine(), {});
  CHECK(again.config.router.selection_bias);
  CHECK(equal(routed(again, batch, false), scored));
}

}  // namespace

TEST_CASE("training, scoring, generation and the saved model route a token alike") {
  ModelConfig config = tiny_config();
  config.hidden_size = 8;
  config.ffn_size = 8;
  const auto models = three("trained-is-scored", config);
  for (const auto& router : names_of("router")) {
    for (const Granularity granularity :
         {Granularity::ffn, Granularity::linear, Granularity::model}) {
      for (const auto& balance : names_of("balance")) {
        INFO(router << ", " << std::string(name_of(granularity)) << ", " << balance);
        try {
          LoadedModel model = mixture(models, router, granularity);
          check_scorable(model.config, router);
          push(model, balance);
          check(model, router);
        } catch (const Error& error) {
          INFO(std::string(error.what()));
          REQUIRE(error.code() == ExitCode::usage);  // the granularity or scoring is refused
        }
      }
    }
  }
}

TEST_CASE("the bias that training left decides which experts are chosen afterwards") {
  ModelConfig config = tiny_config();
  const auto models = three("bias-decides", config);
  LoadedModel model = mixture(models, "top_k", Granularity::ffn);
  push(model, "loss_free");
  for (const auto& bias : model.decoder->selection_biases()) {
    CHECK(bias[0].item<double>() == doctest::Approx(-2).epsilon(1e-4));
    CHECK(bias[1].item<double>() == doctest::Approx(2).epsilon(1e-4));
  }
  for (const auto& site : routed(model, two_sequences(model.config), false)) {
    CHECK((site != 0).all().item<bool>());
  }
}
