#pragma once
// A router with everything route() is given, outside a model.

#include <btx/random.hpp>
#include "contract/components.hpp"
#include "tiny_model.hpp"

#include <btx/router.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

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

/// One router with default parameters in a layer of `experts` experts.
class RouterUnderTest {
 public:
  /// Throws btx::Error (usage) where the router refuses that many experts.
  RouterUnderTest(const std::string& name, std::int64_t experts)
      : component(btx::make_component<btx::Router>(name)), experts_(experts) {
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
    context.step = 3;
    context.experts = &config.experts;
    context.selection_bias = at::zeros({experts}, at::kFloat);
    context.token_index = at::arange(kTokens, at::kLong) + 1000;
    context.sequence = at::arange(kTokens, at::kLong).floor_divide(kLength);
    context.mask = at::ones({kTokens}, at::kBool);
  }

  at::Tensor input(const std::string& purpose) const {
    return normal_tensor({kTokens, traits.takes_hidden ? config.hidden_size : experts_}, purpose);
  }
  btx::Routing route(const at::Tensor& x) const {
    return component.call([&](const btx::Router& r) { return r.route(x, context); });
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
          router.context.training = training;
          f(router, experts);
        }
        ++accepted;
      });
    }
    CHECK(accepted > 0);
  }
}

}  // namespace contract_test
