#pragma once
// What an ensemble says of a text, checked.

#include "plugin/component.hpp"

#include <btx/ensemble.hpp>

#include <span>
#include <string>
#include <vector>

namespace btx {

/// The weights [members] for what follows the text.
/// Throws btx::Error (plugin) for weights that are negative or do not sum to 1.   [any]
std::vector<double> ensemble_weights(const Component<Ensemble>& ensemble, const TextBefore& before,
                                     std::span<const std::vector<double>> log_probabilities);

}  // namespace btx
