#pragma once
// Plans the stages of a recipe, part by part; plan.hpp is the way in.

#include "config/place.hpp"
#include "plan/file_memo.hpp"
#include "plan/plan.hpp"
#include "report/comparison.hpp"
#include "stages/models/gates.hpp"
#include "stages/models/mix.hpp"
#include "stages/models/train.hpp"
#include "tokenizer/tokenizer.hpp"

#include <btx/merge_strategy.hpp>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace btx {

struct ScoringSettings;

/// A model that some stage makes, as far as headers tell.
struct PlannedModel {
  std::string stage;
  ModelConfig config;            ///< of an ensemble that of its first member
  double experts_per_token = 1;  ///< as its router declares
  std::vector<std::pair<ExpertInfo, std::string>> members;  ///< of an ensemble, with their stages
  std::map<std::string, double> data = {};  ///< of the seed and experts: what they were trained on
};

/// Plans one recipe, once.
class Planner {
 public:
  Planner(const ResolvedRecipe& resolved, PlanOptions options);
  StageGraph plan();

 private:
  using NamedModels = std::vector<std::pair<ExpertInfo, PlannedModel>>;

  /// Adds a stage; its inputs must be there.
  Stage& add(Stage stage);
  std::int64_t seed_of(const std::string& stage) const;
  /// The digest of a file from outside, which the stage will read.
  std::string digest_for(Stage& stage, const fs::path& file);
  /// Every domain's stage as an input with the stage's name as its role.
  std::vector<StageInput> inputs_of_domains(
      std::string (*stage_of)(const std::string& domain)) const;

  // plan_data.cpp
  void add_data();
  void add_pack(const std::string& pack);
  void add_documents(const std::string& name, const DataConfig& data);
  void add_shards(const std::string& name, const DataConfig& data, Stage& stage);
  void add_tokenizer();
  void add_tokens(const std::string& domain);

  // plan_models.cpp
  void add_seed();
  void make_seed();
  void add_expert(const ResolvedExpert& expert);
  PlannedModel start_of(const ResolvedExpert& expert);
  PlannedModel add_import(const std::string& name, const std::string& path);
  PlannedModel add_foreign(const std::string& name, const std::string& path);
  Stage import_stage(const std::string& name, const std::string& path, const ModelConfig& config);
  void check_rows(const std::string& path, std::int64_t rows) const;

  // plan_training.cpp
  /// A training stage of a model, and the stages whose sequences it reads again.
  struct Phase : TrainingPhase {
    std::vector<ReplayedStage> replay = {};
  };
  PlannedModel add_training(const std::string& name, const PlannedModel& from, const Phase& phase,
                            const ResolvedRouter& router);
  PlannedModel add_phases(const std::string& name, PlannedModel model,
                          const std::vector<Phase>& phases, const ResolvedRouter& router);
  /// A budget in whole steps; `written` says what it follows from.
  std::int64_t budget(double tokens, const TrainConfig& train, const ValuePath& written) const;
  double flops_per_token(const PlannedModel& model, const TrainConfig& train,
                         const ResolvedRouter& router) const;

  // plan_mix.cpp
  NamedModels expert_models(bool with_seed) const;
  /// What a merge gets, its router among it, and what it makes of that.
  struct Merge {
    MergedRouter router;
    MergeInputs inputs;
    MixPlan plan;
  };
  Merge merge_of(const MixConfig& mix, const NamedModels& models, const ResolvedRouter& resolved,
                 const ValuePath& written) const;
  GatesWork gates_work(const std::string& name, const Merge& merge, const NamedModels& models,
                       const ResolvedRouter& router) const;
  PlannedModel add_mix(const std::string& name, const MixConfig& mix, const NamedModels& models,
                       const ResolvedRouter& router, const ValuePath& written);
  PlannedModel add_gate_stage(const std::string& name, const PlannedModel& merged,
                              const GatesWork& work);

  // plan_ensemble.cpp
  PlannedModel add_ensemble(const std::string& name, const EnsembleConfig& config,
                            const NamedModels& models);
  std::vector<StageInput> add_dev_losses(const NamedModels& models);

  // plan_baselines.cpp
  void add_baseline(const ResolvedBaseline& baseline);
  PlannedModel start_of(const ResolvedBaseline& baseline, const std::string& name);
  std::vector<Phase> phases(const ResolvedBaseline& baseline, const PlannedModel& start) const;
  std::vector<Phase> data_phases(const ResolvedBaseline& baseline,
                                 const std::vector<std::string>& reference) const;
  void add_replay(const std::string& stage, const ResolvedBaseline& baseline, Phase& phase) const;
  std::vector<std::string> reference_stages() const;
  std::map<std::string, double> finetune_data() const;
  double tokens_of_flops(const ResolvedBaseline& baseline, const PlannedModel& start,
                         const std::vector<std::string>& reference, const TrainConfig& train) const;
  std::optional<double> tokens_of_time(const ResolvedBaseline& baseline, const PlannedModel& start,
                                       const std::vector<std::string>& reference,
                                       const TrainConfig& train) const;

  // plan_report.cpp
  std::int64_t window() const;
  /// The settings common to all stages that score text with this model.
  ScoringSettings scoring(const ModelConfig& model) const;
  void add_set_files(Stage& stage);
  ValuePath origin_of(const std::string& model) const;
  void add_evaluation(const ComparedModel& compared);
  Match match_of(const std::string& model) const;
  std::vector<std::string> needed_by(const std::string& stage) const;
  std::vector<TrainedStage> lineage(const std::string& stage) const;
  std::vector<ImportedModel> imported_experts() const;
  std::vector<ImportedModel> imports(const std::string& stage) const;
  void add_report(const std::vector<ComparedModel>& models);

  const ResolvedRecipe& r_;
  const Recipe& recipe_;
  PlanUse use_;
  EngineConfig engine_;  ///< that estimates suppose: this machine's
  FileMemo memo_;
  StageGraph graph_;
  std::int64_t vocab_size_ = 0;                 ///< of the tokenizer, one that is to be trained too
  std::optional<Tokenizer> tokenizer_;          ///< unless a stage is to train it
  std::map<std::string, PlannedModel> models_;  ///< by name, as reports call them
  std::map<std::string, TrainConfig> training_;  ///< of every training stage, as it is planned
};

/// Name, version and digest of a plugin component, as they enter a stage's key.
UsedComponent used_component(const std::string& kind, const std::string& name);

/// Adds each router plugin that a model has; none for a dense one.
void add_routers(const ModelConfig& config, std::vector<UsedComponent>& used);

}  // namespace btx
