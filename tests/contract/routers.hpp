#pragma once
// A router with everything route() is given, outside a model.

// LibTorch first: it defines a CHECK of its own, and doctest's must be the later one.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "contract/components.hpp"
#include "recipe/value.hpp"
#include "tiny_model.hpp"

#include <btx/random.hpp>
#include <btx/router.hpp>

#include <map>
#include <string>
#include <vector>

namespace contract_test {

constexpr std::int64_t kSequences = 8;
constexpr std::int64_t kLength = 64;
constexpr std::int64_t kTokens = kSequences * kLength;

inline at::Tensor normal_tensor(const std::vector<std::int64_t>& shape, const std::string& purpose,
                                float deviation = 1, float mean = 0) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  auto* value = tensor.data_ptr<float>();
  const std::uint64_t key = btx::random_key(11, purpose);
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    value[i] = mean + deviation * btx::random_normal(key, static_cast<std::uint64_t>(i));
  }
  return tensor;
}

class TestContext final : public btx::RouterContext {
 public:
  at::Tensor uniform(std::string_view purpose, std::int64_t columns) const override {
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
};

/// What route() is given for each token.
struct RouterInput {
  at::Tensor logits;  ///< [N, E]
  at::Tensor hidden;  ///< [N, D]
};

/// One router in a layer of `experts` experts; parameters that are not given take their defaults.
class RouterUnderTest {
 public:
  /// Throws btx::Error (usage) where the router refuses that many experts.
  RouterUnderTest(const std::string& name, std::int64_t experts, const btx::Value& params = {})
      : component(btx::make_component<btx::Router>(name, params)), experts_(experts) {
    config.hidden_size = 16;
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

  /// As the core fills the context in a stage of 100 steps, and outside one.
  void set_training(bool training) {
    context.training = training;
    context.total_steps = training ? 100 : 0;
    context.step_tokens = training ? static_cast<double>(kTokens) : 0;
  }
  /// Tokens of which none is padding.
  void set_batch(std::int64_t sequences, std::int64_t length) {
    context.token_index = at::arange(sequences * length, at::kLong) + 1000;
    context.sequence = at::arange(sequences * length, at::kLong).floor_divide(length);
    context.mask = at::ones({sequences * length}, at::kBool);
    context.hidden = at::zeros({sequences * length, config.hidden_size}, at::kFloat);
  }

  RouterInput input(const std::string& purpose) const {
    const std::int64_t tokens = context.token_index.size(0);
    return {normal_tensor({tokens, experts_}, purpose),
            normal_tensor({tokens, config.hidden_size}, purpose + "/hidden")};
  }
  btx::Routing route(const RouterInput& x) const {
    TestContext mine = context;
    mine.hidden = x.hidden;
    return component.call([&](const btx::Router& r) { return r.route(x.logits, mine); });
  }
  /// With hidden states of 0, for routers that do not look at them.
  btx::Routing route(const at::Tensor& logits) const {
    return route(RouterInput{logits, context.hidden});
  }

  btx::Component<btx::Router> component;
  btx::ModelConfig config = btx_test::tiny_config();
  btx::RouterTraits traits;
  TestContext context;

 private:
  std::int64_t experts_;
};

/// f(router, experts) for every router, several numbers of experts, while training and not.
template <class F>
void for_each_router(F&& f) {
  for (const auto& name : names_of("router")) {
    std::int64_t accepted = 0;
    for (const std::int64_t experts : {2, 3, 8}) {
      INFO("router:" << name << " with " << experts << " experts");
      unless_refused("router:" + name, [&] {
        RouterUnderTest router(name, experts);
        for (const bool training : {false, true}) {
          router.set_training(training);
          f(router, experts);
        }
        ++accepted;
      });
    }
    CHECK(accepted > 0);
  }
}

}  // namespace contract_test
