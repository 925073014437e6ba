#pragma once
// From a recipe as it was written to one in which nothing is left open: inherited training tables
// merged, every `auto` decided, every plugin parameter filled in.

#include "recipe/load.hpp"
#include "recipe/schema.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace btx {

struct ResolvedExpert {
  std::string name, domain, import;
  TrainConfig train;
};

struct ResolvedBaseline {
  std::string name;
  bool from_seed = false;
  std::optional<MixConfig> mix;
  std::optional<EnsembleConfig> ensemble;
  TrainConfig train;
  std::string match = "none";
};

/// A balance of the recipe with resolved parameters.
struct ResolvedBalance {
  std::string name;
  Value params;
};

struct ResolvedRecipe {
  Recipe recipe;
  Value tree;                             ///< as TOML it is a recipe that gives the same run
  std::optional<TrainConfig> seed_train;  ///< nothing when the seed is imported
  std::vector<ResolvedExpert> experts;
  std::optional<TrainConfig> finetune;  ///< nothing with tokens = 0
  std::vector<ResolvedBaseline> baselines;
  std::vector<ResolvedBalance> balances;

  std::vector<std::string> domains() const;
};

/// Checks and resolves. Plugins must be loaded.
/// Throws btx::Error: usage with the place for what the recipe says wrong, plugin for a component
/// that is not there.
BTX_EXPORT ResolvedRecipe resolve_recipe(const LoadedRecipe& loaded);

}  // namespace btx
