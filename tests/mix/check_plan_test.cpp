#include "mix/check_plan.hpp"

#include "mix/models.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace btx;
using namespace btx_test;

namespace {

/// Every tensor the mean of both models.
MixPlan mean_plan(const std::vector<MergeInput>& models) {
  MixPlan plan;
  plan.config = models.front().config;
  for (const auto& tensor : models.front().tensors) {
    plan.tensors.push_back(
        {tensor, WeightedSumOrigin{{{0, tensor.name}, {1, tensor.name}}, {0.5, 0.5}}});
  }
  return plan;
}

const Models& two() {
  static const Models models("check", tiny_config(), {random_numbers(1), random_numbers(2)});
  return models;
}

/// The message for the mean plan after `change`.
template <class F>
std::string refusal(F&& change, const std::vector<TensorInfo>& router_tensors = {}) {
  MixPlan plan = mean_plan(two().inputs);
  change(plan);
  const Caught result = caught([&] { check_plan(plan, two().inputs, router_tensors); });
  if (result.message.empty()) return "";
  CHECK(result.code == ExitCode::plugin);
  const std::string head = "the merge strategy's plan is wrong: ";
  CHECK(result.message.starts_with(head));
  return result.message.substr(head.size());
}

PlannedTensor& norm(MixPlan& plan) {
  return *std::find_if(plan.tensors.begin(), plan.tensors.end(),
                       [](const auto& t) { return t.info.name == "model.norm.weight"; });
}

template <class T>
std::string with_norm_from(T origin) {
  return refusal([&](MixPlan& plan) {
    norm(plan).origin = std::move(origin);
    plan.unused = {{0, "model.norm.weight"}, {1, "model.norm.weight"}};
  });
}

const std::string kNorm = "model.norm.weight";
const std::string kEmbedding = "model.embed_tokens.weight";  // [11, 4]

}  // namespace

TEST_CASE("a plan in which everything has its place passes") {
  CHECK(refusal([](MixPlan&) {}).empty());
  CHECK(with_norm_from(CopyOrigin{{1, kNorm}}).empty());
  CHECK(with_norm_from(InitOrigin{0.02, 1}).empty());
  CHECK(with_norm_from(SliceOrigin{{0, kNorm}, 0, 4}).empty());
}

TEST_CASE("every tensor of the result has one origin") {
  CHECK(refusal([](MixPlan& plan) { plan.tensors.push_back(norm(plan)); }) ==
        "'model.norm.weight' has two origins");
  CHECK(refusal([](MixPlan& plan) { plan.tensors.erase(plan.tensors.begin()); }) ==
        "'model.embed_tokens.weight' has no origin");
  CHECK(refusal([](MixPlan& plan) {
          plan.tensors.push_back({{"extra", DType::float32, {1}}, InitOrigin{}});
        }) == "'extra' is not a tensor of the result");
  CHECK(refusal([](MixPlan&) {}, {{"router.own", DType::float32, {2}}}) ==
        "'router.own' has no origin");
}

TEST_CASE("every tensor has the shape that the result's config gives it") {
  CHECK(refusal([](MixPlan& plan) {
          norm(plan).info.shape = {5};
        }).starts_with("'model.norm.weight' is [4]"));
  CHECK(refusal([](MixPlan& plan) { plan.config.ffn_size = 9; }).find("[9, 4]") !=
        std::string::npos);
}

TEST_CASE("every input tensor is used or left out on purpose") {
  CHECK(refusal([](MixPlan& plan) {
          norm(plan).origin = CopyOrigin{{0, kNorm}};
        }) == "'model.norm.weight' of model 1 is neither used nor listed as unused");
}

TEST_CASE("an origin reads what there is") {
  CHECK(with_norm_from(CopyOrigin{{2, kNorm}}) == "'model.norm.weight' reads model 2 of 2");
  CHECK(with_norm_from(CopyOrigin{{0, "nothing"}}) ==
        "'model.norm.weight' reads 'nothing', which model 0 does not have");
}

TEST_CASE("an origin gives the tensor's shape") {
  CHECK(with_norm_from(CopyOrigin{{0, kEmbedding}}) ==
        "'model.norm.weight' is [4], its origin gives [11, 4]");
  CHECK(with_norm_from(SliceOrigin{{0, kNorm}, 0, 3}) ==
        "'model.norm.weight' is [4], its origin gives [3]");
  CHECK(with_norm_from(SliceOrigin{{0, kNorm}, 1, 5}) == "'model.norm.weight' takes 1..5 of 4");
  CHECK(with_norm_from(SliceOrigin{{0, kNorm}, 3, 2}) == "'model.norm.weight' takes 3..2 of 4");
  CHECK(with_norm_from(SliceOrigin{{0, kNorm}, -1, 3}) == "'model.norm.weight' takes -1..3 of 4");
  CHECK(with_norm_from(ConcatOrigin{}) == "'model.norm.weight' joins nothing");
  CHECK(with_norm_from(ConcatOrigin{{{0, kNorm}, {1, kNorm}}}) ==
        "'model.norm.weight' is [4], its origin gives [8]");
  CHECK(with_norm_from(ConcatOrigin{{{0, kNorm}, {1, kEmbedding}}}) != "");
  CHECK(with_norm_from(WeightedSumOrigin{{{0, kNorm}}, {0.5, 0.5}}) ==
        "'model.norm.weight' averages 1 tensors with 2 weights");
  CHECK(with_norm_from(WeightedSumOrigin{}) ==
        "'model.norm.weight' averages 0 tensors with 0 weights");
  CHECK(with_norm_from(WeightedSumOrigin{{{0, kNorm}, {1, kEmbedding}}, {1, 1}}) ==
        "'model.norm.weight' is [4], its origin gives [11, 4]");
}

TEST_CASE("a function is there, and elementwise only on equal shapes") {
  const auto zero = [](std::span<const std::span<const float>>, std::uint64_t,
                       std::span<float> out) { std::fill(out.begin(), out.end(), 0.0F); };
  CHECK(with_norm_from(FunctionOrigin{{{0, kNorm}}, true, nullptr}) ==
        "'model.norm.weight' has no function");
  CHECK(with_norm_from(FunctionOrigin{{{0, kNorm}}, true, zero}).empty());
  CHECK(with_norm_from(FunctionOrigin{{{0, kEmbedding}}, true, zero}) ==
        "'model.norm.weight' is [4], its origin gives [11, 4]");
  CHECK(with_norm_from(FunctionOrigin{{{0, kEmbedding}}, false, zero}).empty());
}

TEST_CASE("models whose shapes differ are refused with the field and both names") {
  const auto refused = [](auto&& change) {
    auto inputs = two().inputs;
    change(inputs[1].config);
    const Caught result = caught([&] { check_mergeable(inputs); });
    if (!result.message.empty()) CHECK(result.code == ExitCode::usage);
    return result.message;
  };
  CHECK(refused([](ModelConfig&) {}).empty());
  CHECK(refused([](ModelConfig& c) { c.hidden_size = 8; }) ==
        "the models to be mixed differ: hidden_size is 4 in 'a' and 8 in 'b'; mix copies of one "
        "seed");
  CHECK(contains(refused([](ModelConfig& c) { c.vocab_size = 12; }),
                 "vocab_size is 11 in 'a' and 12 in 'b'"));
  for (auto field : {&ModelConfig::num_layers, &ModelConfig::num_heads, &ModelConfig::num_kv_heads,
                     &ModelConfig::head_dim, &ModelConfig::ffn_size, &ModelConfig::context}) {
    CHECK(!refused([&](ModelConfig& c) { c.*field += 2; }).empty());
  }
  CHECK(contains(refused([](ModelConfig& c) { c.rope_theta = 5; }), "rope_theta"));
  CHECK(contains(refused([](ModelConfig& c) { c.rms_norm_eps = 1; }), "rms_norm_eps"));
  CHECK(contains(refused([](ModelConfig& c) { c.tie_embeddings = false; }), "tie_embeddings"));
  CHECK(contains(error_of([] { check_mergeable({}); }), "there is no model to be mixed"));
}

TEST_CASE("a plan's peak memory is that of its largest step: slices, or whole tensors in and out") {
  const Models models = three("peak");
  const MixPlan slices = plan("btm_average", models);
  CHECK(plan_peak_bytes(slices, models.inputs) == kPlanSlice * 5 * 4);  // three in, sum, out
  MixPlan whole;
  const TensorInfo big = models.inputs[0].tensors.front();
  whole.tensors.push_back(
      {{big.name, DType::float32, {2}}, FunctionOrigin{{{0, big.name}}, false, {}}});
  CHECK(plan_peak_bytes(whole, models.inputs) ==
        static_cast<std::uint64_t>(big.elements() + 4) * 4);
}
