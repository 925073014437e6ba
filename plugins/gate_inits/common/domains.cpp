#include "common/domains.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gate_inits {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw btx::Error(btx::ExitCode::usage, message);
}

void check(const btx::GateSite& site, const btx::GateProbe& probe) {
  for (std::size_t domain = 0; domain < probe.domains.size(); ++domain) {
    if (probe.tokens[domain] > 0) continue;
    refuse(fmt::format("domain '{}' needs text to be probed with, but has no token",
                       probe.domains[domain]));
  }
  if (std::all_of(site.experts.begin(), site.experts.end(),
                  [](const btx::ExpertInfo& expert) { return expert.domain.empty(); })) {
    refuse(
        "it tells experts apart by their domains, but no expert has one; choose a gate "
        "initialisation that needs none");
  }
}

}  // namespace

std::vector<std::vector<std::size_t>> domains_of_experts(const btx::GateSite& site,
                                                         const btx::GateProbe& probe) {
  check(site, probe);
  std::vector<bool> taken(probe.domains.size(), false);
  std::vector<std::vector<std::size_t>> domains(site.experts.size());
  for (std::size_t e = 0; e < site.experts.size(); ++e) {
    const btx::ExpertInfo& expert = site.experts[e];
    if (expert.domain.empty()) continue;
    const auto found = std::find(probe.domains.begin(), probe.domains.end(), expert.domain);
    if (found == probe.domains.end()) {
      refuse(
          fmt::format("expert '{}' has the domain '{}', of which there is no text; the domains "
                      "are: {}",
                      expert.name, expert.domain, fmt::join(probe.domains, ", ")));
    }
    domains[e] = {static_cast<std::size_t>(found - probe.domains.begin())};
    taken[domains[e].front()] = true;
  }
  for (std::size_t e = 0; e < site.experts.size(); ++e) {
    if (!site.experts[e].domain.empty()) continue;
    for (std::size_t domain = 0; domain < taken.size(); ++domain) {
      if (!taken[domain]) domains[e].push_back(domain);
    }
  }
  return domains;
}

}  // namespace gate_inits
