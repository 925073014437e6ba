#include "model_spec/layout.hpp"
#include "model_spec/costs.hpp"

#include <btx/error.hpp>

#include <doctest/doctest.h>

using namespace btx;

namespace {
ModelConfig llama_7b() {
  ModelConfig c;
  c.vocab_size = 32000;
  c.hidden_size = 4096;
  c.num_layers = 32;
  c.num_heads = c.num_kv_heads = 32;
  c.head_dim = 128;
  c.ffn_size = 11008;
  c.context = 4096;
  return c;
}

ModelConfig four_experts() {
  ModelConfig c = llama_7b();
  c.mixture.assign(32, true);
  for (const char* name : {"math", "code", "wiki", "seed"}) c.experts.push_back({name, name, name});
  c.router.type = "any";
  return c;
}
}  // namespace

TEST_CASE("parameter counts are the paper's: 6.7 B dense, 19.7 B for four experts, 11.1 B active") {
  CHECK(count_parameters(llama_7b()) == 6738415616);
  CHECK(count_parameters(four_experts()) == 19724505088);
  CHECK(count_active_parameters(four_experts(), 1) == doctest::Approx(6.7389e9).epsilon(1e-4));
  CHECK(count_active_parameters(four_experts(), 2) == doctest::Approx(11.067e9).epsilon(1e-4));
  CHECK(count_active_parameters(four_experts(), 4) == 19724505088.0);
}

TEST_CASE("training FLOPs are six for each weight that multiplies a token, and attention's") {
  const ModelConfig c = llama_7b();
  const double embedding = 32000.0 * 4096;
  const double attention = 12.0 * 32 * 32 * 128 * 4096;
  CHECK(training_flops_per_token(c, 1, c.context) ==
        doctest::Approx(6 * (6738415616.0 - embedding) + attention));
}

// Forward 2 N, gradients of inputs 2 N, gradients of weights 2 N of what is trained.
TEST_CASE("training FLOPs leave out what is frozen and have the balances' first pass") {
  const ModelConfig c = four_experts();
  const double embedding = 32000.0 * 4096, head = embedding;
  const double all = training_flops_per_token(c, 2, c.context);
  const double experts = 2.0 * 32 * 3 * 4096 * 11008;
  CHECK(training_flops_per_token(c, 2, c.context, {{"*.experts.*"}, false}) ==
        doctest::Approx(all - 2 * experts));
  const double forward =
      2 * (count_active_parameters(c, 2) - embedding) + 4.0 * 32 * 32 * 128 * 4096;
  CHECK(training_flops_per_token(c, 2, c.context, {{}, true}) ==
        doctest::Approx(all + forward - 2 * head - 2 * 4096));
  // The head alone: no gradient goes into the layers.
  CHECK(training_flops_per_token(c, 2, c.context, {{"model.*"}, false}) ==
        doctest::Approx(forward + 4 * head + 2 * 4096));
}

TEST_CASE("tensors that one product serves are neighbours") {
  const auto tensors = tensor_layout(four_experts());
  std::vector<std::string> names;
  for (const auto& tensor : tensors) names.push_back(tensor.name);
  const auto at = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) - names.begin();
  };
  const auto q = at("model.layers.0.self_attn.q_proj.weight");
  CHECK(at("model.layers.0.self_attn.k_proj.weight") == q + 1);
  CHECK(at("model.layers.0.self_attn.v_proj.weight") == q + 2);
  const auto w1 = at("model.layers.5.block_sparse_moe.experts.0.w1.weight");
  CHECK(at("model.layers.5.block_sparse_moe.experts.0.w3.weight") == w1 + 1);
  CHECK(at("model.layers.5.block_sparse_moe.experts.3.w3.weight") == w1 + 7);
  CHECK(at("model.layers.5.block_sparse_moe.experts.0.w2.weight") == w1 + 8);
}

TEST_CASE("an impossible configuration is refused by the name of its field") {
  ModelConfig c = llama_7b();
  c.num_kv_heads = 5;
  CHECK_THROWS_WITH_AS(tensor_layout(c), "model: num_kv_heads 5 must divide num_heads 32", Error);
  c = llama_7b();
  c.head_dim = 7;
  CHECK_THROWS_WITH_AS(tensor_layout(c), "model: head_dim must be even, got 7", Error);
}
