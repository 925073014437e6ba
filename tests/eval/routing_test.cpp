// What scoring counts of the routing, and what a router draws in it.
#include "eval/byte_model.hpp"

#include <btx/merge_strategy.hpp>

#include <ATen/TensorOperators.h>

#include <doctest/doctest.h>

#include <set>

using namespace btx;
using namespace btx_test;

namespace {

/// A mixture of three experts with this router.
struct RoutedModel : btx_test::SmallModel {
  RoutedModel(const std::string& router, const std::string& params)
      : SmallModel(shape(router, params), at::kDouble, reference_ops(), 2, nullptr) {}
  static ModelConfig shape(const std::string& router, const std::string& params) {
    ModelConfig config = byte_config(3);
    config.router = {router, params, Granularity::ffn};
    return config;
  }
};

/// With gates of zeros nothing but noise decides.
RoutedModel drawing_model() {
  return {"sample_top_k", R"({"inference_choice": "draw", "first_layer_soft": false})"};
}

void clear_gates(RoutedModel& model) {
  for (const std::int64_t layer : {0, 1}) model.parameters.view(tensor_names::gate(layer)).zero_();
}

std::vector<std::string> words() {
  std::vector<std::string> all;
  for (char first = 'a'; first <= 'z'; ++first) all.push_back(std::string(1, first) + "oooooo");
  return all;
}

}  // namespace

// One of x, -x and 0 is positive in layer 1, none of three zeros in layer 0.
TEST_CASE("experts that a token runs through are counted, whatever an adaptive router aims at") {
  RoutedModel model("relu", R"({"k": 2})");
  clear_gates(model);
  at::Tensor gate = model.parameters.view(tensor_names::gate(1));
  model.fill(tensor_names::gate(1), 5);
  gate[1].copy_(-gate[0]);
  gate[2].zero_();
  ExpertCounts counts;
  token_losses(model.decoder, byte_tokenizer(), requests_of({3, 12, 7}), {8, 4}, &counts);
  CHECK(counts.tokens == 22);
  CHECK(counts.experts_per_token() == doctest::Approx((0 + 1) / 2.0));
}

TEST_CASE("another seed of evaluation draws other experts, the same seed the same ones") {
  RoutedModel model = drawing_model();
  clear_gates(model);
  const auto losses = [&](std::uint64_t seed) {
    return token_losses(model.decoder, byte_tokenizer(), requests_of({30}), {8, 4, seed})[0];
  };
  const auto one = losses(1), other = losses(2);
  CHECK(one == losses(1));
  int differ = 0;
  for (std::size_t i = 0; i < one.size(); ++i) differ += one[i] != other[i];
  CHECK(differ > 15);
}

// Seven draws of one of three experts give the same counts in few of two texts.
TEST_CASE("texts of one length draw other experts at the same places") {
  RoutedModel model = drawing_model();
  clear_gates(model);
  std::set<std::vector<double>> seen;
  for (const auto& word : words()) {
    const std::vector<Request> requests = {{"", word}};
    ExpertCounts counts;
    token_losses(model.decoder, byte_tokenizer(), requests, {8, 4}, &counts);
    seen.insert(counts.sites[0].slots);
  }
  CHECK(seen.size() > 5);
}
