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
  if (std::all_of(site.data.begin(), site.data.end(),
                  [&](const auto& mine) { return mine == site.data.front(); })) {
    refuse(
        "it tells experts apart by their domains, but all were trained on the same; choose a gate "
        "initialisation that needs none");
  }
}

}  // namespace

std::vector<std::vector<double>> shares_of_experts(const btx::GateSite& site,
                                                   const btx::GateProbe& probe) {
  check(site, probe);
  std::vector<std::vector<double>> shares(site.experts.size(),
                                          std::vector<double>(probe.domains.size()));
  for (std::size_t e = 0; e < site.experts.size(); ++e) {
    for (const auto& [domain, share] : site.data.at(e)) {
      const auto found = std::find(probe.domains.begin(), probe.domains.end(), domain);
      if (found == probe.domains.end()) {
        refuse(
            fmt::format("expert '{}' was trained on the domain '{}', of which there is no text; "
                        "the domains are: {}",
                        site.experts[e].name, domain, fmt::join(probe.domains, ", ")));
      }
      shares[e][static_cast<std::size_t>(found - probe.domains.begin())] = share;
    }
  }
  return shares;
}

}  // namespace gate_inits
