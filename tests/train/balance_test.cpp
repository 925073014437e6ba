// Balances: the closed form at uniform routing, and gradients that do not depend on how a step is
// cut into micro-batches.
#include "kernels/support.hpp"
#include "model/small_model.hpp"
#include "plugins/load.hpp"
#include "support.hpp"
#include "train/balances.hpp"
#include "train/routing_metrics.hpp"

#include <btx/merge_strategy.hpp>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros_like.h>
#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

Balances balances(BalanceScope scope) {
  load_plugins_under_test();
  Value params;
  params.set("alpha", Value(0.7));
  std::vector<ActiveBalance> all;
  all.push_back({"btx", make_component<Balance>("btx", params)});
  return {std::move(all), scope};
}

Batch part_of(const Batch& batch, std::int64_t first, std::int64_t count) {
  Batch part = batch;
  part.tokens = batch.tokens.narrow(0, first, count);
  part.targets = batch.targets.narrow(0, first, count);
  if (batch.padding.defined()) part.padding = batch.padding.narrow(0, first, count);
  return part;
}

at::Tensor routing_of(const SmallModel& model, const Batch& batch) {
  ForwardPass pass;
  model.decoder.hidden(batch, pass);
  return model.decoder.routing_sums(batch, pass);
}

/// The means over a batch's sequences, a site each.
std::vector<BalanceStatistics> means_of(const SmallModel& model, const Batch& batch) {
  RoutingSums sums;
  sums.add(routing_of(model, batch));
  return statistics_of(sums.sums());
}

/// Gradient of the balance loss alone over the batch cut into parts of `size` sequences.
at::Tensor gradient(SmallModel& model, const Balances& all, const Batch& batch, std::int64_t size) {
  std::vector<Batch> parts;
  for (std::int64_t i = 0; i < batch.tokens.size(0); i += size)
    parts.push_back(part_of(batch, i, size));
  RoutingSums all_parts;
  {
    const at::NoGradGuard no_gradient;
    for (const auto& part : parts) all_parts.add(routing_of(model, part));
  }
  const auto global = statistics_of(all_parts.sums());
  const double tokens = real_tokens(batch).sum().item<double>();
  model.parameters.zero_gradient();
  std::vector<double> raw(all.size());
  for (const auto& part : parts) {
    all.surrogate(routing_of(model, part), global, tokens, raw).backward();
  }
  return model.parameters.gradient().clone();
}

}  // namespace

TEST_CASE("global and sequence scope give the same gradient however a step is cut") {
  SmallModel model(3, at::kDouble, reference_ops());
  Batch batch = small_batch(4);
  batch.padding = at::zeros_like(batch.tokens, at::kBool);
  batch.padding[1].narrow(0, 3, 4).fill_(true);  // never counted
  for (const auto scope : {BalanceScope::global, BalanceScope::sequence}) {
    const Balances all = balances(scope);
    const at::Tensor whole = gradient(model, all, batch, 4);
    CHECK(whole.abs().max().item<double>() > 1e-6);
    CHECK(error(gradient(model, all, batch, 2), whole) < 1e-10);
    CHECK(error(gradient(model, all, batch, 1), whole) < 1e-10);
  }
}

TEST_CASE("a balance with derivatives for other experts than there are is refused, by name") {
  struct TooMany final : Balance {
    double weight() const override { return 1; }
    BalanceLoss evaluate(const BalanceStatistics& s) const override {
      BalanceLoss loss;
      loss.d_u.resize(s.u.size() + 1);
      return loss;
    }
  };
  SmallModel model(3, at::kDouble, reference_ops());
  std::vector<ActiveBalance> one;
  one.push_back({"wrong", {std::make_shared<TooMany>(), "balance:wrong"}});
  const Balances all(std::move(one), BalanceScope::micro_batch);
  const at::Tensor sums = routing_of(model, small_batch(2));
  std::vector<double> raw(1);
  const auto result = btx_test::caught([&] { all.surrogate(sums, {}, 14, raw); });
  CHECK(result.code == ExitCode::plugin);
  CHECK(
      result.message ==
      "balance:wrong: evaluate() broke its contract: d_u and d_p must have 3 derivatives or none, "
      "got 4");
}

TEST_CASE("micro_batch scope does depend on the cut") {
  SmallModel model(3, at::kDouble, reference_ops());
  const Balances all = balances(BalanceScope::micro_batch);
  const Batch batch = small_batch(4);
  CHECK(error(gradient(model, all, batch, 1), gradient(model, all, batch, 4)) > 1e-6);
}

// F of each sequence, and then their mean: what the scope says is optimised.
TEST_CASE(
    "with a scope of sequences the logged value is the mean over them, not that of the mean") {
  SmallModel model(3, at::kDouble, reference_ops());
  const Balances all = balances(BalanceScope::sequence);
  const Batch batch = small_batch(4);
  double byhand = 0;
  for (std::int64_t i = 0; i < 4; ++i) {
    for (const auto& s : means_of(model, part_of(batch, i, 1))) {
      for (std::size_t e = 0; e < 3; ++e) byhand += 3 * s.u[e] * s.p[e] / 4;
    }
  }
  for (const std::int64_t size : {1, 2, 4}) {
    std::vector<double> raw(1);
    RoutingSums step;
    for (std::int64_t first = 0; first < 4; first += size) {
      const at::Tensor sums = routing_of(model, part_of(batch, first, size));
      step.add(sums);
      all.surrogate(sums, statistics_of(step.sums()), 28, raw);
    }
    CHECK(all.values(statistics_of(step.sums()), raw).front().raw == doctest::Approx(byhand));
  }
}

TEST_CASE("the surrogate's gradient is that of the balance loss by finite differences") {
  SmallModel model(3, at::kDouble, reference_ops());
  const Balances all = balances(BalanceScope::global);
  const Batch batch = small_batch(3);
  const at::Tensor analytic = gradient(model, all, batch, 3);
  const auto value = [&] { return all.values(means_of(model, batch), {}).front().weighted; };
  const at::NoGradGuard no_gradient;
  const at::Tensor gate = model.parameters.view(tensor_names::gate(1)).view(-1);
  const auto offset = (model.parameters.view(tensor_names::gate(1)).storage_offset());
  for (std::int64_t i = 0; i < gate.numel(); i += 5) {
    const double before = gate[i].item<double>();
    gate[i].fill_(before + 1e-6);
    const double up = value();
    gate[i].fill_(before - 1e-6);
    const double down = value();
    gate[i].fill_(before);
    CHECK((up - down) / 2e-6 == doctest::Approx(analytic[offset + i].item<double>()).epsilon(1e-5));
  }
}

TEST_CASE("the value is alpha a layer at perfect balance, and alpha N when one expert gets all") {
  const auto component = [] {
    load_plugins_under_test();
    return make_component<Balance>("btx");
  }();
  const Balance& balance = component.get();
  BalanceStatistics even{{0.25, 0.25, 0.25, 0.25}, {0.25, 0.25, 0.25, 0.25}, {}, {}, 0, 8};
  CHECK(balance.evaluate(even).value == doctest::Approx(1.0));
  BalanceStatistics one{{1, 0, 0, 0}, {1, 0, 0, 0}, {}, {}, 0, 8};
  CHECK(balance.evaluate(one).value == doctest::Approx(4.0));
}
