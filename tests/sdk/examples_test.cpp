// The examples in the SDK's headers do what their comments say.
#include "plugin/component.hpp"
#include "plugin/loader.hpp"
#include "support.hpp"

#include <btx/balance.hpp>
#include <btx/data_source.hpp>
#include <btx/ensemble.hpp>
#include <btx/gate_init.hpp>
#include <btx/merge_strategy.hpp>
#include <btx/router.hpp>
#include <btx/task.hpp>

#include <ATen/ops/tensor.h>
#include <doctest/doctest.h>

using namespace btx;

namespace {

template <class T>
Component<T> smallest(const Value& params = {}) {
  static const bool loaded = [] {
    load_plugins({fs::path(BTX_EXAMPLES)});
    return true;
  }();
  REQUIRE(loaded);
  return make_component<T>("smallest", params);
}

class NoContext final : public RouterContext {
  at::Tensor hidden() const override { return {}; }
  at::Tensor uniform(std::string_view /*purpose*/, std::int64_t /*columns*/) const override {
    return {};
  }
  at::Tensor choose(const at::Tensor& /*scores*/, std::int64_t /*k*/) const override { return {}; }
  Routing top_k(const at::Tensor& /*logits*/, std::int64_t /*k*/) const override { return {}; }
};

}  // namespace

TEST_CASE("the router sends a token to the likeliest expert with its probability") {
  const auto router = smallest<Router>();
  const at::Tensor logits = at::tensor({0.0F, 2.0F, 1.0F, 5.0F}).view({2, 2});
  const Routing r = router.get().route(logits, NoContext());
  CHECK(r.slots.equal(at::tensor({1, 1}, at::kLong).view({2, 1})));
  CHECK(r.weights[0].item<double>() == doctest::Approx(1 / (1 + std::exp(-2.0))));
  CHECK(router.get().traits(2).experts_per_token == 1);
}

TEST_CASE("the balance has its least value, 1 / E, where all experts are equally probable") {
  const auto balance = smallest<Balance>();
  BalanceStatistics even, uneven;
  even.p = {0.25, 0.25, 0.25, 0.25};
  uneven.p = {0.5, 0.25, 0.25, 0};
  CHECK(balance.get().evaluate(even).value == 0.25);
  CHECK(balance.get().evaluate(uneven).value == 0.375);
  CHECK(balance.get().evaluate(uneven).d_p == std::vector<double>{1, 0.5, 0.5, 0});
}

TEST_CASE("the ensemble weighs its members alike") {
  EnsembleFit fit;
  fit.members = {{"a", ""}, {"b", ""}, {"c", ""}, {"d", ""}};
  const std::string state = smallest<Ensemble>().get().fit(fit);
  const auto ensemble =
      make_restored<Ensemble>("smallest", {}, [&](Ensemble& e) { e.restore(state); });
  CHECK(ensemble.get().weights({""}, {}) == std::vector<double>(4, 0.25));
}

TEST_CASE("the merge is the first model, and says that the others are left out") {
  MergeInputs inputs;
  const TensorInfo tensor{"model.norm.weight", DType::float32, {4}};
  inputs.models = {{{"a", "", "a"}, {}, {tensor}}, {{"b", "", "b"}, {}, {tensor}}};
  const MixPlan plan = smallest<MergeStrategy>().get().plan(inputs);
  REQUIRE(plan.tensors.size() == 1);
  CHECK(std::get<CopyOrigin>(plan.tensors[0].origin).from.model == 0);
  REQUIRE(plan.unused.size() == 1);
  CHECK(plan.unused[0].model == 1);
}

TEST_CASE("the gates are zeros") {
  GateSite site;
  site.experts.resize(3);
  site.width = 5;
  CHECK(smallest<GateInit>().get().weights(site, nullptr) == std::vector<float>(15));
}

TEST_CASE("the source has one document") {
  Value params;
  params.set("text", Value("One."));
  const auto source = smallest<DataSource>(params);
  const auto shards = source.get().shards({});
  REQUIRE(shards.size() == 1);
  const auto reader = source.get().open(shards[0], {});
  Document document;
  CHECK(reader->next(document));
  CHECK(document.text == "One.");
  CHECK(!reader->next(document));
}

TEST_CASE("the task scores documents by their mean log-likelihood") {
  const auto task = smallest<Task>();
  const TaskInput input{"code", {{"a", "x"}, {"b", "y"}}, {}};
  const auto requests = task.get().requests(input);
  REQUIRE(requests.size() == 2);
  CHECK(requests[1].continuation == "y");
  const std::vector<Answer> answers = {{-1, 1, ""}, {-3, 1, ""}};
  const auto scores = task.get().score(input, requests, answers);
  CHECK(scores.at(0).value == -2);
  CHECK(!scores.at(0).lower_is_better);
}
