#include "train/balances.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

namespace btx {
namespace {

std::vector<double> to_doubles(const at::Tensor& x) {
  const at::Tensor wide = x.detach().to(at::kCPU, at::kDouble).contiguous();
  const auto* data = wide.const_data_ptr<double>();
  return {data, data + wide.numel()};
}

at::Tensor to_tensor(const std::vector<double>& x, const at::Tensor& like) {
  at::Tensor out = at::empty({static_cast<std::int64_t>(x.size())}, at::kDouble);
  std::copy(x.begin(), x.end(), out.data_ptr<double>());
  return out.to(like.device(), like.scalar_type());
}

/// [N, E] -> [G, E]: the sum over each sequence's tokens that count.
at::Tensor sum_by_sequence(const at::Tensor& x, const at::Tensor& mask) {
  return (x * mask.view({-1, 1})).view({mask.size(0), mask.size(1), -1}).sum(1);
}

void add_to(std::vector<double>& total, const std::vector<double>& more) {
  if (total.empty()) total.resize(more.size());
  for (std::size_t i = 0; i < more.size(); ++i) total[i] += more[i];
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

std::vector<RoutingSums> routing_sums(const ForwardPass& pass, const Batch& batch) {
  std::vector<RoutingSums> all;
  for (const auto& site : pass.sites) {
    const Routing& r = site.routing;
    const at::Tensor mask = real_tokens(batch).to(r.probabilities.scalar_type());
    const at::Tensor zeros = at::zeros_like(r.probabilities);
    const auto by_expert = [&](const at::Tensor& slots, const at::Tensor& values) {
      return sum_by_sequence(zeros.scatter_add(1, slots.clamp_min(0), values), mask);
    };
    const auto kept = [&](const at::Tensor& slots) {
      return (slots >= 0).to(r.weights.scalar_type());
    };
    RoutingSums sums;
    sums.u = by_expert(r.slots, r.weights * kept(r.slots));
    sums.load = by_expert(r.slots, kept(r.slots));
    sums.chosen = r.chosen.defined() ? by_expert(r.chosen, kept(r.chosen)) : sums.load;
    sums.p = sum_by_sequence(r.probabilities, mask);
    sums.tokens = mask.sum(1);
    sums.z = (at::logsumexp(site.logits, -1).pow(2).view(mask.sizes()) * mask).sum(1);
    all.push_back(std::move(sums));
  }
  return all;
}

void RoutingMeans::add(const RoutingSums& sums) {
  add_to(u_, to_doubles(sums.u.to(at::kDouble).sum(0)));
  add_to(p_, to_doubles(sums.p.to(at::kDouble).sum(0)));
  add_to(load_, to_doubles(sums.load.to(at::kDouble).sum(0)));
  add_to(chosen_, to_doubles(sums.chosen.to(at::kDouble).sum(0)));
  z_ += to_doubles(sums.z.to(at::kDouble).sum()).front();
  tokens_ += to_doubles(sums.tokens.to(at::kDouble).sum()).front();
}

BalanceStatistics RoutingMeans::statistics() const {
  BalanceStatistics s{u_, p_, load_, chosen_, z_, tokens_};
  if (tokens_ == 0) return s;
  for (auto* values : {&s.u, &s.p, &s.load, &s.chosen}) {
    for (auto& value : *values) value /= tokens_;
  }
  s.z /= tokens_;
  return s;
}

Balances::Balances(std::vector<ActiveBalance> balances, BalanceScope scope, std::size_t sites,
                   std::int64_t experts)
    : balances_(std::move(balances)), scope_(scope), sites_(sites), experts_(experts) {
  for (const auto& balance : balances_) {
    const auto size =
        balance.component.call([&](const Balance& b) { return b.state_size(experts); });
    state_.insert(state_.end(), sites_, std::vector<double>(static_cast<std::size_t>(size)));
  }
}

std::vector<double>& Balances::state_of(std::size_t balance, std::size_t site) {
  return state_[balance * sites_ + site];
}

at::Tensor Balances::site_term(const RoutingSums& sums, const BalanceStatistics& global,
                               double step_tokens) const {
  at::Tensor total = at::zeros({}, sums.u.options());
  const auto add = [&](const BalanceStatistics& statistics, const at::Tensor& u,
                       const at::Tensor& p, const at::Tensor& z, double share) {
    for (const auto& balance : balances_) {
      balance.component.call([&](const Balance& b) {
        total = total + linear_term(b.evaluate(statistics), u, p, z) * (b.weight() * share);
      });
    }
  };
  if (scope_ == BalanceScope::global) {
    add(global, sums.u.sum(0), sums.p.sum(0), sums.z.sum(), 1.0 / step_tokens);
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
    add(means.statistics(), part.u.sum(0), part.p.sum(0), part.z.sum(), 1.0 / step_tokens);
  }
  return total;
}

at::Tensor Balances::surrogate(const std::vector<RoutingSums>& sums,
                               const std::vector<BalanceStatistics>& global,
                               double step_tokens) const {
  if (balances_.empty() || sums.empty()) return {};
  at::Tensor total;
  for (std::size_t site = 0; site < sums.size(); ++site) {
    const at::Tensor term = site_term(sums[site], global[site], step_tokens);
    total = total.defined() ? total + term : term;
  }
  return total;
}

std::vector<Balances::Logged> Balances::values(const std::vector<BalanceStatistics>& global) const {
  std::vector<Logged> logged;
  for (const auto& balance : balances_) {
    double raw = 0;
    for (const auto& statistics : global) {
      raw += balance.component.call([&](const Balance& b) { return b.evaluate(statistics).value; });
    }
    const double weight = balance.component.call([](const Balance& b) { return b.weight(); });
    logged.push_back({balance.name, raw, raw * weight});
  }
  return logged;
}

std::vector<at::Tensor> Balances::selection_bias(at::Device device) const {
  std::vector<at::Tensor> biases(sites_);
  for (std::size_t site = 0; site < sites_; ++site) {
    std::vector<double> total;
    for (std::size_t i = 0; i < balances_.size(); ++i) {
      add_to(total, balances_[i].component.call([&](const Balance& b) {
        return b.selection_bias(state_[i * sites_ + site], experts_);
      }));
    }
    if (total.empty()) continue;
    biases[site] =
        to_tensor(total, at::empty({0}, at::TensorOptions().dtype(at::kFloat).device(device)));
  }
  return biases;
}

void Balances::after_step(const std::vector<BalanceStatistics>& global) {
  for (std::size_t i = 0; i < balances_.size(); ++i) {
    for (std::size_t site = 0; site < global.size(); ++site) {
      balances_[i].component.call(
          [&](const Balance& b) { b.after_step(global[site], state_of(i, site)); });
    }
  }
}

}  // namespace btx
