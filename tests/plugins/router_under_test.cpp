#include "plugins/router_under_test.hpp"

#include "kernels/ops.hpp"

#include <btx/random.hpp>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

namespace btx_test {

at::Tensor normal_tensor(const std::vector<std::int64_t>& shape, const std::string& purpose,
                         float deviation, float mean) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  auto* value = tensor.data_ptr<float>();
  const std::uint64_t key = btx::random_key(11, purpose);
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    value[i] = mean + deviation * btx::random_normal(key, static_cast<std::uint64_t>(i));
  }
  return tensor;
}

at::Tensor TestContext::uniform(std::string_view purpose, std::int64_t columns) const {
  at::Tensor numbers = at::empty({token_index.size(0), columns}, at::kFloat);
  const std::uint64_t key = btx::random_key(static_cast<std::uint64_t>(step), purpose);
  for (std::int64_t n = 0; n < token_index.size(0); ++n) {
    const auto token = static_cast<std::uint64_t>(token_index.data_ptr<std::int64_t>()[n]);
    for (std::int64_t c = 0; c < columns; ++c) {
      numbers.data_ptr<float>()[n * columns + c] = btx::random_uniform(
          key, token * static_cast<std::uint64_t>(columns) + static_cast<std::uint64_t>(c));
    }
  }
  return numbers;
}

at::Tensor TestContext::choose(const at::Tensor& scores, std::int64_t k) const {
  return btx::reference_ops().choose(scores, selection_bias, k);
}

btx::Routing TestContext::top_k(const at::Tensor& logits, std::int64_t k) const {
  const btx::TopKRouting r = btx::reference_ops().top_k(logits, selection_bias, k);
  return {r.slots, r.weights, r.probabilities, {}, {}};
}

RouterUnderTest::RouterUnderTest(const std::string& name, std::int64_t experts,
                                 const btx::Value& params)
    : component(btx::make_component<btx::Router>(name, params)), experts_(experts) {
  config.hidden_size = 16;
  config.num_layers = 2;
  config.mixture = {true, true};
  for (std::int64_t e = 0; e < experts; ++e) {
    const std::string expert = "expert" + std::to_string(e);
    config.experts.push_back({expert, "domain" + std::to_string(e), expert});
  }
  traits = component.call([&](const btx::Router& r) { return r.traits(experts_); });
  for (const auto& own :
       component.call([&](const btx::Router& r) { return r.tensors(config, 1); })) {
    context.tensors[own.name] = normal_tensor(
        own.shape, own.name, static_cast<float>(own.normal_std), static_cast<float>(own.mean));
  }
  context.layer = 1;
  context.mixture_index = 1;
  context.step = 3;
  context.experts = &config.experts;
  context.selection_bias = at::zeros({experts}, at::kFloat);
  set_training(true);
  set_batch(kSequences, kLength);
}

void RouterUnderTest::set_training(bool training) {
  context.training = training;
  context.total_steps = training ? 100 : 0;
  context.step_tokens = training ? static_cast<double>(kTokens) : 0;
}

void RouterUnderTest::set_batch(std::int64_t sequences, std::int64_t length) {
  context.token_index = at::arange(1000, 1000 + sequences * length, at::kLong);
  context.sequence = at::arange(sequences * length, at::kLong).floor_divide(length);
  context.mask = at::ones({sequences * length}, at::kBool);
  context.input = at::zeros({sequences * length, config.hidden_size}, at::kFloat);
}

RouterInput RouterUnderTest::input(const std::string& purpose) const {
  const std::int64_t tokens = context.token_index.size(0);
  return {normal_tensor({tokens, experts_}, purpose),
          normal_tensor({tokens, config.hidden_size}, purpose + "/hidden")};
}

btx::Routing RouterUnderTest::route(const RouterInput& x) const {
  TestContext mine = context;
  mine.input = x.hidden;
  return component.call([&](const btx::Router& r) { return r.route(x.logits, mine); });
}

btx::Routing RouterUnderTest::route(const at::Tensor& logits) const {
  return route(RouterInput{logits, context.input});
}

std::vector<std::pair<std::int64_t, float>> slots_of(const btx::Routing& r, std::int64_t n) {
  std::vector<std::pair<std::int64_t, float>> slots;
  for (std::int64_t k = 0; k < r.slots.size(1); ++k) {
    const auto expert = number<std::int64_t>(r.slots, n, k);
    if (expert >= 0) slots.emplace_back(expert, number<float>(r.weights, n, k));
  }
  std::sort(slots.begin(), slots.end());
  return slots;
}

std::vector<std::int64_t> experts_of(const btx::Routing& r, std::int64_t n) {
  std::vector<std::int64_t> experts;
  for (const auto& [expert, weight] : slots_of(r, n)) experts.push_back(expert);
  return experts;
}

}  // namespace btx_test
