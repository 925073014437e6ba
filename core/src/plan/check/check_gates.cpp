#include "plan/check/check_gates.hpp"

#include "mix/gate_weights.hpp"

#include <btx/error.hpp>

namespace btx {

void check_gates(const GatesWork& work, const ModelConfig& model) {
  constexpr std::size_t kWidth = 8;
  GateProbe probe;
  probe.domains = work.domains;
  probe.tokens.assign(work.domains.size(), 1.0);
  probe.sums.assign(work.domains.size() * kWidth, 0.0);
  probe.gram.assign(kWidth * kWidth, 0.0);
  for (std::size_t i = 0; i < kWidth; ++i) probe.gram[i * kWidth + i] = 1;
  GateSite site;
  site.experts = model.experts;
  site.width = kWidth;
  for (const auto& expert : work.data) site.data.push_back(expert.shares());
  const auto init = make_component<GateInit>(work.init.type, work.init.params);
  try {
    gate_weights(init, site, &probe, work.by_group);
  } catch (const Error& error) {
    // What this probe alone brings about is no fault of the recipe.
    if (error.code() == ExitCode::usage) throw;
  }
}

}  // namespace btx
