#pragma once
// What the experts of a mixture were trained on.

#include <btx/export.hpp>
#include <btx/mix_plan.hpp>

#include <map>
#include <string>
#include <vector>

namespace btx {

/// Weights of domains for each expert of the plan, from those of each model that is merged,
/// [models]: those of the model that the expert's matrices come from; of several the mean of their
/// shares, by how often and with which weight the plan names each.   [any]
BTX_EXPORT std::vector<std::map<std::string, double>> expert_data(
    const MixPlan& plan, const std::vector<std::map<std::string, double>>& models);

}  // namespace btx
