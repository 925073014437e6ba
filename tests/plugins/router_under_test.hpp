#pragma once
// A router with everything route() is given, outside a model, and what came out of it. The bodies
// are compiled once, in btx_test_tensors: a test that includes this needs none of LibTorch's
// operators.

// LibTorch first: its logging defines a CHECK of its own, and doctest's must be the later one.
#include "plugin/component.hpp"

#include <btx/router.hpp>

#include <ATen/core/Tensor.h>
#include <c10/util/Logging.h>

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace btx_test {

/// The batch that a router gets unless set_batch() says another.
constexpr std::int64_t kSequences = 8;
constexpr std::int64_t kLength = 64;
constexpr std::int64_t kTokens = kSequences * kLength;

/// Normal numbers that depend on the purpose alone.
at::Tensor normal_tensor(const std::vector<std::int64_t>& shape, const std::string& purpose,
                         float deviation = 1, float mean = 0);

/// Its random numbers are a function of step, purpose and token alone; experts are chosen as the
/// reference does.
class TestContext final : public btx::RouterContext {
 public:
  at::Tensor hidden() const override { return input; }
  at::Tensor uniform(std::string_view purpose, std::int64_t columns) const override;
  at::Tensor choose(const at::Tensor& scores, std::int64_t k) const override;
  btx::Routing top_k(const at::Tensor& logits, std::int64_t k) const override;

  at::Tensor input;  ///< what hidden() gives
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
  RouterUnderTest(const std::string& name, std::int64_t experts, const btx::Value& params = {});

  /// As the core fills the context in a stage of 100 steps, and outside one.
  void set_training(bool training);
  /// Tokens of which none is padding.
  void set_batch(std::int64_t sequences, std::int64_t length);

  /// Random numbers for every token; each purpose has its own.
  RouterInput input(const std::string& purpose) const;
  btx::Routing route(const RouterInput& x) const;
  /// With hidden states of 0, for routers that do not look at them.
  btx::Routing route(const at::Tensor& logits) const;

  btx::Component<btx::Router> component;
  btx::ModelConfig config;
  btx::RouterTraits traits;
  TestContext context;

 private:
  std::int64_t experts_;
};

/// Element [n, k] of a tensor on the CPU.
template <class T>
T number(const at::Tensor& tensor, std::int64_t n, std::int64_t k) {
  return tensor.const_data_ptr<T>()[n * tensor.stride(0) + k * tensor.stride(1)];
}

/// The experts of row n of a routing, with their weights, in order of expert.
std::vector<std::pair<std::int64_t, float>> slots_of(const btx::Routing& r, std::int64_t n);
std::vector<std::int64_t> experts_of(const btx::Routing& r, std::int64_t n);

}  // namespace btx_test
