// A row is the direction in which an expert's data lie: the mean hidden state of its domains'
// tokens, seen from the mean of all domains. Source: the idea is that of mergekit's "hidden" gates;
// here the states are those that the gate itself gets.
#include "common/domains.hpp"

#include <btx/gate_init.hpp>
#include <btx/plugin.hpp>

#include <cmath>
#include <numeric>

namespace {

using Row = std::vector<double>;

constexpr double kRounding = 1e-9;

/// Mean hidden state of the domains by share, whatever their numbers of tokens.
Row mean_of(const btx::GateProbe& probe, const std::vector<double>& shares, std::size_t width) {
  Row mean(width, 0.0);
  for (std::size_t domain = 0; domain < shares.size(); ++domain) {
    const double share = shares[domain] / probe.tokens[domain];
    for (std::size_t i = 0; i < width; ++i) mean[i] += share * probe.sums[domain * width + i];
  }
  return mean;
}

class DomainMean final : public btx::GateInit {
 public:
  struct Config {
    bool centre = true;
    double scale = 1;
    void fields(btx::Fields& f) {
      f("centre", centre, "take the mean of all domains away");
      f("scale", scale, "length of each row", {.min = 0});
    }
  };

  explicit DomainMean(const Config& config) : config_(config) {}

  bool needs_probe() const override { return true; }

  std::vector<float> weights(const btx::GateSite& site,
                             const btx::GateProbe* probe) const override {
    const auto width = static_cast<std::size_t>(site.width);
    const auto shares = gate_inits::shares_of_experts(site, *probe);
    const std::size_t domains = probe->domains.size();
    const std::vector<double> all(domains, 1 / static_cast<double>(domains));
    const Row centre = config_.centre ? mean_of(*probe, all, width) : Row(width, 0.0);
    std::vector<float> gate;
    for (const auto& mine : shares) {
      Row row = mean_of(*probe, mine, width);
      for (std::size_t i = 0; i < width; ++i) row[i] -= centre[i];
      const double length = std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0));
      // The mean of all domains seen from itself has no direction: its row stays zero, but for
      // rounding.
      const double factor = length > kRounding ? config_.scale / length : 0;
      for (const double value : row) gate.push_back(static_cast<float>(factor * value));
    }
    return gate;
  }

 private:
  Config config_;
};

}  // namespace

BTX_PLUGIN("gate_domain_mean", "0.2.0", registrar) {
  registrar.add<btx::GateInit, DomainMean>(
      "domain_mean", "the mean hidden state of what each expert was trained on");
}
