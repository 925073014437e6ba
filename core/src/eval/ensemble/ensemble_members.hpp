#pragma once
// The members of an ensemble in memory, writing a text together.

#include "eval/ensemble/ensemble_folder.hpp"
#include "eval/ensemble/ensemble_text.hpp"
#include "model/load.hpp"
#include "recipe/schema/engine.hpp"

#include <memory>
#include <vector>

namespace btx {

/// Owns the members' models, and the text that reads them.
class EnsembleMembers {
 public:
  /// Loads the members, whose folders stand in the ensemble's order; `tokenizer` is the ensemble's.
  /// `random_seed`: of routers that draw.
  EnsembleMembers(const EnsembleFolder& ensemble, const Tokenizer& tokenizer,
                  const std::vector<fs::path>& folders, const EngineConfig& engine,
                  std::uint64_t random_seed);

  EnsembleText& text() { return *text_; }
  /// Of the first member.
  const ModelConfig& config() const { return models_.front().config; }

 private:
  std::vector<LoadedModel> models_;
  std::unique_ptr<EnsembleText> text_;
};

}  // namespace btx
