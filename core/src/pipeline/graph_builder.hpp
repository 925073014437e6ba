#pragma once
// Builds the stage graph of a recipe, part by part; graph.hpp is the way in.

#include "pipeline/file_memo.hpp"
#include "pipeline/graph.hpp"
#include "pipeline/merge_inputs.hpp"
#include "recipe/place.hpp"
#include "tokenizer/tokenizer.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace btx {

/// A model that some stage makes, as far as headers tell.
struct PlannedModel {
  std::string stage;
  ModelConfig config;
  double experts_per_token = 1;
  std::vector<std::pair<ExpertInfo, std::string>> members;  ///< of an ensemble, with their stages
};

class GraphBuilder {
 public:
  GraphBuilder(const ResolvedRecipe& resolved, GraphUse use);
  StageGraph build();

 private:
  using NamedModels = std::vector<std::pair<ExpertInfo, PlannedModel>>;

  Stage& add(Stage stage);
  Value engine() const;
  std::int64_t seed_of(const std::string& purpose) const;
  void add_domains(Stage& stage, const std::string& kind) const;

  // graph_data.cpp
  void add_data();
  void add_pack(const std::string& pack);
  void add_documents(const std::string& name, const DataConfig& data);
  void add_decontamination(Stage& stage);
  void add_shards(const std::string& name, const DataConfig& data, Stage& stage);
  void add_tokenizer();
  void add_tokens(const std::string& domain);

  // graph_models.cpp
  void add_seed();
  void add_expert(const ResolvedExpert& expert);
  PlannedModel add_import(const std::string& name, const std::string& path);
  PlannedModel add_training(const std::string& name, const PlannedModel& from, TrainConfig train,
                            const ValuePath& written);
  void add_routing(Stage& stage, const ModelConfig& config) const;

  // graph_mix.cpp
  NamedModels expert_models(bool with_seed) const;
  void check_layers(std::int64_t layers) const;
  PlannedModel add_mix(const std::string& name, const MixConfig& mix, const NamedModels& models,
                       const ValuePath& written);
  PlannedModel add_merge(const std::string& name, const MixConfig& mix, const NamedModels& models,
                         const ValuePath& written, bool& gates_by_group);
  void add_gates(const std::string& name, PlannedModel& model, bool by_group);
  PlannedModel add_ensemble(const std::string& name, const EnsembleConfig& config,
                            const NamedModels& models);
  std::string add_dev_loss(const std::string& name, const PlannedModel& model);

  // graph_baselines.cpp
  void add_baseline(const ResolvedBaseline& baseline);
  std::vector<std::pair<std::string, TrainConfig>> phases(const ResolvedBaseline& baseline,
                                                          const PlannedModel& start);
  std::vector<std::string> reference_stages() const;

  // graph_report.cpp
  std::int64_t window() const;
  void add_scoring(Stage& stage) const;
  void add_set_files(Stage& stage);
  void add_sets(Stage& stage);
  void add_evaluation(const ComparedModel& compared);
  std::string match_of(const std::string& model) const;
  std::vector<std::string> lineage(const std::string& stage) const;
  void add_report(const std::vector<ComparedModel>& models);

  const ResolvedRecipe& r_;
  const Recipe& recipe_;
  GraphUse use_;
  FileMemo memo_;
  StageGraph graph_;
  std::int64_t vocab_size_ = 0;
  std::optional<Tokenizer> tokenizer_;  ///< unless a stage is to train it
  std::map<std::string, PlannedModel> models_;
};

/// What a key says of a component.
UsedComponent used_component(const std::string& kind, const std::string& name);
Array string_array(const std::vector<std::string>& items);

}  // namespace btx
