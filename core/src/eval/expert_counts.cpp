#include "eval/expert_counts.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros.h>

#include <numeric>

namespace btx {

namespace {

/// Adds to `sums` [E] what `values` [N, K] have where `bins` [N, K] names the expert, from 1; bin 0
/// is for slots that do not count.
void add_by_bin(const at::Tensor& bins, const at::Tensor& values, std::int64_t experts,
                std::vector<double>& sums) {
  const at::Tensor all = at::zeros({experts + 1}, values.options().dtype(at::kDouble));
  all.scatter_add_(0, bins.reshape(-1), values.to(at::kDouble).reshape(-1));
  const at::Tensor host = all.cpu();
  sums.resize(static_cast<std::size_t>(experts));
  for (std::size_t e = 0; e < sums.size(); ++e) sums[e] += host.const_data_ptr<double>()[e + 1];
}

}  // namespace

void ExpertCounts::add(const ForwardPass& pass, const at::Tensor& texts, std::int64_t experts) {
  sites.resize(pass.sites.size());
  const at::Tensor rows = texts.view({-1, 1}).to(at::kDouble);
  tokens += rows.sum().item<double>();
  for (std::size_t site = 0; site < pass.sites.size(); ++site) {
    const Routing& routing = pass.sites[site].routing;
    const at::Tensor bins = routing.slots + 1;
    add_by_bin(bins, rows.expand_as(bins), experts, sites[site].slots);
    add_by_bin(bins, routing.weights * rows, experts, sites[site].weights);
  }
}

double ExpertCounts::experts_per_token() const {
  if (tokens == 0 || sites.empty()) return 0;
  double slots = 0;
  for (const auto& site : sites)
    slots += std::accumulate(site.slots.begin(), site.slots.end(), 0.0);
  return slots / (tokens * static_cast<double>(sites.size()));
}

}  // namespace btx
