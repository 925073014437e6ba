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

BalanceStatistics statistics_of(const std::vector<double>& u, const std::vector<double>& p,
                                const std::vector<double>& load, double z, double tokens) {
  BalanceStatistics s{u, p, load, z, tokens};
  if (tokens == 0) return s;
  for (auto* values : {&s.u, &s.p, &s.load}) {
    for (auto& value : *values) value /= tokens;
  }
  s.z /= tokens;
  return s;
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
  for (const auto& layer : pass.layers) {
    const Routing& r = layer.routing;
    const at::Tensor mask = (batch.targets >= 0).to(r.probabilities.scalar_type());
    const at::Tensor kept = (r.slots >= 0).to(r.weights.scalar_type());
    const at::Tensor slots = r.slots.clamp_min(0);
    const at::Tensor zeros = at::zeros_like(r.probabilities);
    RoutingSums sums;
    sums.layer = layer.layer;
    sums.u = sum_by_sequence(zeros.scatter_add(1, slots, r.weights * kept), mask);
    sums.load = sum_by_sequence(zeros.scatter_add(1, slots, kept), mask);
    sums.p = sum_by_sequence(r.probabilities, mask);
    sums.tokens = mask.sum(1);
    sums.z = layer.logits.defined()
                 ? (at::logsumexp(layer.logits, -1).pow(2).view(mask.sizes()) * mask).sum(1)
                 : at::zeros_like(sums.tokens);
    all.push_back(std::move(sums));
  }
  return all;
}

void RoutingMeans::add(const RoutingSums& sums) {
  add_to(u_, to_doubles(sums.u.to(at::kDouble).sum(0)));
  add_to(p_, to_doubles(sums.p.to(at::kDouble).sum(0)));
  add_to(load_, to_doubles(sums.load.to(at::kDouble).sum(0)));
  z_ += to_doubles(sums.z.to(at::kDouble).sum()).front();
  tokens_ += to_doubles(sums.tokens.to(at::kDouble).sum()).front();
}

BalanceStatistics RoutingMeans::statistics() const {
  return statistics_of(u_, p_, load_, z_, tokens_);
}

Balances::Balances(std::vector<ActiveBalance> balances, BalanceScope scope,
                   std::int64_t mixture_layers, std::int64_t experts)
    : balances_(std::move(balances)),
      scope_(scope),
      layers_(static_cast<std::size_t>(mixture_layers)),
      experts_(experts) {
  for (const auto& balance : balances_) {
    const auto size =
        balance.component.call([&](const Balance& b) { return b.state_size(experts); });
    state_.insert(state_.end(), layers_, std::vector<double>(static_cast<std::size_t>(size)));
  }
}

std::vector<double>& Balances::state_of(std::size_t balance, std::size_t layer) {
  return state_[balance * layers_ + layer];
}

at::Tensor Balances::layer_term(const RoutingSums& sums, const BalanceStatistics& global,
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
      for (auto* x : {&part.u, &part.p, &part.load, &part.z, &part.tokens}) *x = x->narrow(0, g, 1);
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
  for (std::size_t layer = 0; layer < sums.size(); ++layer) {
    const at::Tensor term = layer_term(sums[layer], global[layer], step_tokens);
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
  std::vector<at::Tensor> biases(layers_);
  for (std::size_t layer = 0; layer < layers_; ++layer) {
    std::vector<double> total;
    for (std::size_t i = 0; i < balances_.size(); ++i) {
      add_to(total, balances_[i].component.call([&](const Balance& b) {
        return b.selection_bias(state_[i * layers_ + layer], experts_);
      }));
    }
    if (total.empty()) continue;
    biases[layer] =
        to_tensor(total, at::empty({0}, at::TensorOptions().dtype(at::kFloat).device(device)));
  }
  return biases;
}

void Balances::after_step(const std::vector<BalanceStatistics>& global) {
  for (std::size_t i = 0; i < balances_.size(); ++i) {
    for (std::size_t layer = 0; layer < global.size(); ++layer) {
      balances_[i].component.call(
          [&](const Balance& b) { b.after_step(global[layer], state_of(i, layer)); });
    }
  }
}

}  // namespace btx
