#include "train/routing_sums.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <iterator>

namespace btx {
namespace {

std::vector<double> to_doubles(const at::Tensor& x) {
  const at::Tensor wide = x.detach().to(at::kCPU, at::kDouble).contiguous();
  const auto* data = wide.const_data_ptr<double>();
  return {data, data + wide.numel()};
}

/// [N, E] -> [G, E]: the sum over each sequence's tokens that count.
at::Tensor sum_by_sequence(const at::Tensor& x, const at::Tensor& mask) {
  return (x * mask.view({-1, 1})).view({mask.size(0), mask.size(1), -1}).sum(1);
}

void add_to(std::vector<double>& total, const std::vector<double>& more) {
  if (total.empty()) total.resize(more.size());
  for (std::size_t i = 0; i < more.size(); ++i) total[i] += more[i];
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

void RoutingMeans::sum_over(ProcessGroup& processes) {
  std::vector<double> all;
  for (const auto* part : {&u_, &p_, &load_, &chosen_}) {
    all.insert(all.end(), part->begin(), part->end());
  }
  all.insert(all.end(), {z_, tokens_});
  processes.sum(at::from_blob(all.data(), {std::ssize(all)}, at::kDouble));
  auto next = all.begin();
  for (auto* part : {&u_, &p_, &load_, &chosen_}) {
    const auto end = next + std::ssize(*part);
    std::copy(next, end, part->begin());
    next = end;
  }
  z_ = next[0];
  tokens_ = next[1];
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

void add_sums(std::vector<RoutingMeans>& means, const std::vector<RoutingSums>& sums) {
  means.resize(std::max(means.size(), sums.size()));
  for (std::size_t site = 0; site < sums.size(); ++site) means[site].add(sums[site]);
}

std::vector<BalanceStatistics> statistics_of(const std::vector<RoutingMeans>& means) {
  std::vector<BalanceStatistics> all;
  for (const auto& site : means) all.push_back(site.statistics());
  return all;
}

}  // namespace btx
