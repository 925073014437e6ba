#include "train/routing_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace btx {
namespace {

void add_site(MetricList& metrics, const RoutingSite& site, const BalanceStatistics& s) {
  const double sum = std::accumulate(s.load.begin(), s.load.end(), 0.0);
  const double top = *std::max_element(s.load.begin(), s.load.end());
  double entropy = 0;
  std::int64_t dead = 0;
  for (const double load : s.load) {
    if (load > 0) entropy -= load / sum * std::log(load / sum);
    dead += load == 0;
  }
  const double chosen = std::accumulate(s.chosen.begin(), s.chosen.end(), 0.0);
  const std::string name = fmt::format("router/{}/", site.name());
  const auto experts = static_cast<double>(s.load.size());
  metrics.emplace_back(name + "load_max_over_mean", sum > 0 ? top * experts / sum : 0);
  metrics.emplace_back(name + "entropy", entropy);
  metrics.emplace_back(name + "dead_experts", static_cast<double>(dead));
  metrics.emplace_back(name + "dropped", chosen > 0 ? 1 - sum / chosen : 0);
}

}  // namespace

MetricList step_metrics(double lm_loss, double norm, double rate,
                        const std::vector<RoutingSite>& sites,
                        const std::vector<BalanceStatistics>& routing,
                        const std::vector<Balances::Logged>& balances) {
  MetricList metrics = {{"train/lm_loss", lm_loss}, {"train/grad_norm", norm}, {"train/lr", rate}};
  for (std::size_t site = 0; site < routing.size(); ++site) {
    add_site(metrics, sites[site], routing[site]);
  }
  for (const auto& balance : balances) {
    metrics.emplace_back(fmt::format("balance/{}/raw", balance.name), balance.raw);
    metrics.emplace_back(fmt::format("balance/{}/weighted", balance.name), balance.weighted);
  }
  return metrics;
}

}  // namespace btx
