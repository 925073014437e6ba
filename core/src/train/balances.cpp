#include "train/balances.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

namespace btx {
namespace {

at::Tensor to_tensor(const std::vector<double>& x, const at::Tensor& like) {
  at::Tensor out = at::empty({static_cast<std::int64_t>(x.size())}, at::kDouble);
  std::copy(x.begin(), x.end(), out.data_ptr<double>());
  return out.to(like.scalar_type()).to(like.device(), /*non_blocking=*/true);
}

/// <derivatives, sums>: the first-order term whose gradient is the loss's.
at::Tensor linear_term(const BalanceLoss& loss, const at::Tensor& u, const at::Tensor& p,
                       const at::Tensor& z) {
  at::Tensor term = at::zeros({}, u.options());
  if (!loss.d_u.empty()) term = term + (to_tensor(loss.d_u, u) * u).sum();
  if (!loss.d_p.empty()) term = term + (to_tensor(loss.d_p, p) * p).sum();
  if (loss.d_z != 0) term = term + z * loss.d_z;
  return term;
}

}  // namespace

std::vector<ActiveBalance> make_balances(const Value& params_by_plugin) {
  std::vector<ActiveBalance> balances;
  for (const auto& [name, params, place] : params_by_plugin.as<Table>()) {
    balances.push_back({name, make_component<Balance>(name, params)});
  }
  return balances;
}

Balances::Balances(std::vector<ActiveBalance> balances, BalanceScope scope)
    : balances_(std::move(balances)), scope_(scope) {
  first_pass_ = scope_ == BalanceScope::global &&
                any([](const Balance& b) { return b.weight() != 0 && b.needs_step_means(); });
  needs_statistics_ =
      scope_ == BalanceScope::global && any([](const Balance& b) { return b.weight() != 0; });
}

bool Balances::any(bool (*property)(const Balance&)) const {
  return std::any_of(balances_.begin(), balances_.end(), [&](const ActiveBalance& balance) {
    return balance.component.call(property);
  });
}

bool Balances::moves_selection_bias() const {
  return any([](const Balance& b) { return b.moves_selection_bias(); });
}

at::Tensor Balances::site_term(const RoutingSums& sums, const BalanceStatistics& global,
                               double step_tokens, std::vector<double>& raw) const {
  at::Tensor total = at::zeros({}, sums.u.options());
  // The term of one group, and the share of the step's tokens with which its value counts.
  const auto add = [&](const BalanceStatistics& statistics, const RoutingSums& group,
                       double share) {
    for (std::size_t i = 0; i < balances_.size(); ++i) {
      balances_[i].component.call([&](const Balance& b) {
        if (b.weight() == 0 && share == 0) return;
        const BalanceLoss loss = b.evaluate(statistics);
        raw[i] += share * loss.value;
        if (b.weight() == 0) return;
        const at::Tensor term = linear_term(loss, group.u.sum(0), group.p.sum(0), group.z.sum());
        total = total + term * (b.weight() / step_tokens);
      });
    }
  };
  if (scope_ == BalanceScope::global) {
    add(global, sums, 0);
    return total;
  }
  // The loss is the mean over groups, each weighted by its share of the step's tokens; within a
  // group a mean is sum / tokens, so the group's tokens cancel.
  const bool whole = scope_ == BalanceScope::micro_batch;
  const std::int64_t groups = whole ? 1 : sums.tokens.size(0);
  for (std::int64_t g = 0; g < groups; ++g) {
    RoutingSums part = sums;
    if (!whole) {
      for (auto* x : {&part.u, &part.p, &part.load, &part.chosen, &part.z, &part.tokens})
        *x = x->narrow(0, g, 1);
    }
    RoutingMeans means;
    means.add(part);
    const BalanceStatistics statistics = statistics_of({means}).front();
    add(statistics, part, statistics.tokens / step_tokens);
  }
  return total;
}

at::Tensor Balances::surrogate(const std::vector<RoutingSums>& sums,
                               const std::vector<BalanceStatistics>& global, double step_tokens,
                               std::vector<double>& raw) const {
  if (balances_.empty() || sums.empty()) return {};
  at::Tensor total;
  for (std::size_t site = 0; site < sums.size(); ++site) {
    const BalanceStatistics none;
    const at::Tensor term =
        site_term(sums[site], global.empty() ? none : global[site], step_tokens, raw);
    total = total.defined() ? total + term : term;
  }
  return total;
}

std::vector<Balances::Logged> Balances::values(const std::vector<BalanceStatistics>& global,
                                               const std::vector<double>& raw) const {
  std::vector<Logged> logged;
  for (std::size_t i = 0; i < balances_.size(); ++i) {
    double value = scope_ == BalanceScope::global ? 0 : raw[i];
    balances_[i].component.call([&](const Balance& b) {
      for (const auto& statistics : global) {
        if (scope_ == BalanceScope::global) value += b.evaluate(statistics).value;
      }
      logged.push_back({balances_[i].name, value, value * b.weight()});
    });
  }
  return logged;
}

void Balances::after_step(const std::vector<BalanceStatistics>& global,
                          const std::vector<bool>& frozen,
                          const std::vector<at::Tensor>& biases) const {
  for (std::size_t site = 0; site < biases.size(); ++site) {
    if (frozen[site]) continue;
    const at::Tensor host = biases[site].to(at::kCPU, at::kDouble).contiguous();
    const double* values = host.const_data_ptr<double>();
    std::vector<double> bias(values, values + host.numel());
    for (const auto& balance : balances_) {
      balance.component.call([&](const Balance& b) { b.after_step(global[site], bias); });
    }
    biases[site].copy_(to_tensor(bias, biases[site]));
  }
}

}  // namespace btx
