// [[expert]]: what each is trained on and where it starts.
#include "base/text.hpp"
#include "plan/resolve/resolver.hpp"
#include "recipe/stage_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace btx {

/// The domain of an expert: none, if what it is trained on is said.
std::string Resolver::domain_of(const ExpertConfig& expert) const {
  const bool told = !expert.data.empty() || expert.train.find("data") != nullptr;
  if (!expert.domain.empty() || (told && r_.recipe.data.count(expert.name) == 0)) {
    if (!expert.domain.empty()) {
      check_domain(nearest(tree_, {"expert", expert.name, "domain"}),
                   fmt::format("expert '{}'", expert.name), expert.domain);
    }
    return expert.domain;
  }
  check_domain(nearest(tree_, {"expert", expert.name, "domain"}),
               fmt::format("expert '{}'", expert.name), expert.name);
  return expert.name;
}

void Resolver::resolve_expert(ExpertConfig& expert) {
  const ValuePath at = {"expert", expert.name};
  check_name(at, "expert", expert.name);
  expert.domain = domain_of(expert);
  ResolvedExpert resolved;
  resolved.name = expert.name;
  resolved.domain = expert.domain.empty() ? expert.name : expert.domain;
  resolved.import = expert.import;
  resolved.cost = expert.cost;
  std::map<std::string, double> own;
  if (!expert.domain.empty()) own = {{expert.domain, 1.0}};
  check_imported_data(expert.data, {"expert", expert.name, "data"}, !expert.import.empty());
  const std::string where = "expert." + expert.name;
  if (expert.import.empty()) {
    if (expert.cost.given()) {
      refuse({"expert", expert.name, "cost"},
             where +
                 ".cost: says what an imported model cost, but the expert is trained here; "
                 "remove it");
    }
    resolved.train = training(expert.train, where + ".train", own, true);
    resolved.data = resolved.train.data;
    resolved.from = expert.from;
  } else {
    Value unread = expert.train;
    training(unread, where + ".train", own, true);
    resolved.data = expert.data.empty() ? own : expert.data;
    for (const char* key : {"train", "from"}) {
      warn_unread({"expert", expert.name, key}, where + ".import is set");
    }
  }
  r_.experts.push_back(std::move(resolved));
}

/// Every model that an expert starts from is there, with weights that can be averaged.
void Resolver::check_origins() const {
  std::vector<std::string> names = {kSeed};
  for (const auto& expert : r_.experts) names.push_back(expert.name);
  for (const auto& expert : r_.experts) {
    const ValuePath path = {"expert", expert.name, "from"};
    double total = 0;
    for (const auto& [name, weight] : expert.from) {
      total += weight;
      if (std::ranges::find(names, name) != names.end()) continue;
      refuse(path, fmt::format("expert '{}': from: no expert '{}'{}", expert.name, name,
                               known_names(name, names)));
    }
    if (!expert.from.empty() && !(total > 0 && std::isfinite(total))) {
      refuse(path, fmt::format("expert '{}': from: the weights' sum is {}; it needs to be more "
                               "than 0, and finite",
                               expert.name, total));
    }
  }
}

/// Each expert after those that it starts from; in a circle there is no such order.
void Resolver::order_experts() {
  std::set<std::string> done = {kSeed};
  const auto ready = [&](const ResolvedExpert& expert) {
    return done.count(expert.name) == 0 &&
           std::ranges::all_of(expert.from,
                               [&](const auto& origin) { return done.count(origin.first) > 0; });
  };
  while (r_.expert_order.size() < r_.experts.size()) {
    const auto next = std::ranges::find_if(r_.experts, ready);
    if (next == r_.experts.end()) break;
    r_.expert_order.push_back(static_cast<std::size_t>(next - r_.experts.begin()));
    done.insert(next->name);
  }
  for (const auto& expert : r_.experts) {
    if (done.count(expert.name) > 0) continue;
    refuse({"expert", expert.name, "from"},
           fmt::format("expert '{}': from: it would start from itself, by way of others; let one "
                       "of them start from the seed",
                       expert.name));
  }
}

}  // namespace btx
