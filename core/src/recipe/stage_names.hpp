#pragma once
// What a run's models and stages are called. Names of models come from the recipe; those of stages
// stand in keys of stored results and in run folders.

#include <array>
#include <string>

namespace btx {

/// Models that every run has; no expert and no baseline may be called so.
inline constexpr const char* kSeed = "seed";
inline constexpr const char* kMix = "mix";          ///< merged, not finetuned
inline constexpr const char* kMixture = "mixture";  ///< the same after the stage kFinetune
inline constexpr std::array kReservedModels = {kSeed, kMix, kMixture};

/// Stages that every run may have; kSeed and kMix are stages as well.
inline constexpr const char* kFinetune = "finetune";
inline constexpr const char* kExpertsPhase = "experts";  ///< of baselines: the experts' data
inline constexpr const char* kTokenizer = "tokenizer";
inline constexpr const char* kReport = "report";

/// Names of stages that there are several of; of "" they are what all such names begin with.
inline std::string documents_stage(const std::string& domain) {
  return "documents/" + domain;
}
inline std::string tokens_stage(const std::string& domain) {
  return "tokens/" + domain;
}
inline std::string expert_stage(const std::string& expert) {
  return "expert/" + expert;
}
inline std::string baseline_stage(const std::string& baseline) {
  return "baseline/" + baseline;
}
inline std::string dev_loss_stage(const std::string& model) {
  return "dev_loss/" + model;
}
inline std::string evaluate_stage(const std::string& model) {
  return "evaluate/" + model;
}

}  // namespace btx
