#pragma once
// From a recipe as it was written to one in which nothing is left open: inherited training tables
// merged, every `auto` decided, every plugin parameter filled in.

#include "config/place.hpp"
#include "recipe/load.hpp"
#include "recipe/schema/recipe.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace btx {

/// A training stage of a model that is trained in one or several. The last one's has the model's
/// name, those before it have the phase's behind that.
struct TrainingPhase {
  std::string name;  ///< empty: the only one
  TrainConfig train;
  ValuePath written;  ///< where in the recipe
};

/// Names of the stages in which the model of stage `name` is trained.   [any]
std::vector<std::string> phase_stages(const std::string& name,
                                      const std::vector<TrainingPhase>& phases);

/// A balance of the recipe with resolved parameters.
struct ResolvedBalance {
  std::string name;
  Value params;
};

/// The mixture layers of one model.
struct ResolvedRouter {
  RouterConfig config;
  std::vector<ResolvedBalance> balances;
  ValuePath written;  ///< where in the recipe
};

/// An expert of the recipe: imported, or trained as `train` says.
struct ResolvedExpert {
  std::string name;
  std::string domain;                  ///< its name if it has none
  std::map<std::string, double> from;  ///< models whose average it starts from; empty: the seed
  std::string import;                  ///< "": it is trained
  TrainConfig train;
  std::map<std::string, double> data;  ///< what it was trained on, by weight
  ImportCost cost;                     ///< of an imported one
};

/// A baseline of the recipe: imported, or made of other models and then trained, if it is.
struct ResolvedBaseline {
  std::string name;
  bool from_seed = false;  ///< made of the seed alone, not of what [mix] merges
  std::string import;      ///< "": it is made here
  ImportCost cost;         ///< of an imported one
  std::optional<MixConfig> mix;
  std::optional<EnsembleConfig> ensemble;
  bool own_router = false;  ///< the recipe gives it one; else `router` is that of [router]
  ResolvedRouter router;
  TrainConfig train;                  ///< how it is trained if it is matched
  std::vector<TrainingPhase> phases;  ///< if it is not; none: it is not trained
  Match match = Match::none;

  bool trained() const { return match != Match::none || !phases.empty(); }
};

/// A recipe ready to be planned; only resolve_recipe() makes one.
struct ResolvedRecipe {
  Recipe recipe;                            ///< with parameters of plugins and run.store decided
  Value tree;                               ///< as TOML it is a recipe that gives the same run
  std::optional<TrainConfig> seed_train;    ///< nothing when the seed is imported
  std::map<std::string, double> seed_data;  ///< what the seed was trained on, by weight
  std::vector<ResolvedExpert> experts;
  std::vector<std::size_t> expert_order;  ///< each after the experts that it starts from
  ResolvedRouter router;
  std::vector<TrainingPhase> finetune;  ///< none with tokens = 0
  std::vector<ResolvedBaseline> baselines;

  std::vector<std::string> domains() const;
};

/// Checks and resolves. Plugins must be loaded.
/// Throws btx::Error: usage with the place for what the recipe says wrong, plugin for a component
/// that is not there.
BTX_EXPORT ResolvedRecipe resolve_recipe(const LoadedRecipe& loaded);

}  // namespace btx
