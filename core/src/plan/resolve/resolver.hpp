#pragma once
// Resolves a recipe, part by part; resolve.hpp is the way in.

#include "config/config.hpp"
#include "config/place.hpp"
#include "plan/resolve/resolve.hpp"

#include <map>
#include <string>
#include <vector>

namespace btx {

/// Resolves one recipe, once.
class Resolver {
 public:
  /// `loaded` must outlive the resolver.
  explicit Resolver(const LoadedRecipe& loaded);
  ResolvedRecipe resolve();

 private:
  /// Throws a PlacedError (usage) with the place of what the recipe says at `path`.
  [[noreturn]] void refuse(const ValuePath& path, const std::string& what) const;
  /// Whole parameters of a component that is named at `path`.
  Value params_of(const std::string& kind, const std::string& name, const Value& given,
                  const ValuePath& path) const;
  /// A name becomes part of stage names and file names.
  void check_name(const ValuePath& path, const std::string& what, const std::string& name) const;
  /// `domain` must be one of [data].
  void check_domain(const Value& written, const std::string& what, const std::string& domain) const;
  /// Refuses an item that the list at `path` has twice.
  template <class T>
  void refuse_twice(const std::vector<T>& items, const ValuePath& path) const;
  /// Warns of what the recipe says at `path` and nothing reads. Not an error: a recipe that extends
  /// another cannot take out what that one says.
  void warn_unread(const ValuePath& path, const std::string& why) const;
  std::map<std::string, double> all_domains() const;

  // resolve.cpp
  void resolve_model();
  void resolve_mixing();

  // resolve_router.cpp
  void resolve_layer_routers(RouterConfig& router, const ValuePath& written);
  ResolvedRouter resolve_router(RouterConfig& router, const ValuePath& written);

  // resolve_training.cpp
  TrainConfig training(Value& own, const std::string& where,
                       const std::map<std::string, double>& default_data, bool known = false);
  void check_imported_data(const std::map<std::string, double>& data, const ValuePath& path,
                           bool imported) const;
  void check_domain_weights(const TrainConfig& config, const Value& merged,
                            const std::string& where) const;
  void resolve_tokenizer() const;
  void resolve_seed();

  // resolve_experts.cpp
  std::string domain_of(const ExpertConfig& expert) const;
  void resolve_expert(ExpertConfig& expert);
  void check_origins() const;
  void order_experts();

  // resolve_phases.cpp
  std::vector<TrainingPhase> phases(Value& own, const ValuePath& path,
                                    const std::map<std::string, double>& default_data);
  void check_phase_name(const ValuePath& written, const std::string& where,
                        const std::string& name) const;
  std::vector<TrainingPhase> phases_of(Value& items, const Value& table, const ValuePath& path);
  void resolve_finetune();

  // resolve_baselines.cpp
  void resolve_baseline(BaselineConfig& baseline);
  void warn_unlike(const ResolvedBaseline& baseline) const;
  void resolve_origin(BaselineConfig& baseline, ResolvedBaseline& resolved);
  void resolve_own_router(BaselineConfig& baseline, ResolvedBaseline& resolved);
  void check_model_names() const;

  // resolve_eval.cpp
  void resolve_tasks();
  void check_tasks() const;
  void check_decontamination() const;

  const Value& tree_;
  ResolvedRecipe r_;
};

}  // namespace btx
