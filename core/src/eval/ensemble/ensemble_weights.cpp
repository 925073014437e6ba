#include "eval/ensemble/ensemble_weights.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace btx {

std::vector<double> ensemble_weights(const Component<Ensemble>& ensemble, const TextBefore& before,
                                     std::span<const std::vector<double>> log_probabilities) {
  auto weights =
      ensemble.call([&](const Ensemble& e) { return e.weights(before, log_probabilities); });
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  const bool negative =
      std::any_of(weights.begin(), weights.end(), [](double w) { return !(w >= 0); });
  if (weights.size() != log_probabilities.size() || negative || std::abs(sum - 1) > 1e-6) {
    throw Error(ExitCode::plugin,
                fmt::format("{}: {} weights of sum {} for {} members", ensemble.who(),
                            weights.size(), sum, log_probabilities.size()));
  }
  return weights;
}

}  // namespace btx
