#pragma once
// Trains one model: a new one, or one that another stage made.

#include "config/value.hpp"
#include "pipeline/stage_context.hpp"
#include "recipe/schema/engine.hpp"
#include "recipe/schema/model_shape.hpp"
#include "recipe/schema/router.hpp"
#include "recipe/schema/train.hpp"
#include "report/train_summary.hpp"

#include <btx/params.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace btx {

/// A training stage whose sequences another one reads again.
struct ReplayedStage {
  std::string purpose;  ///< its name
  std::int64_t seed = 0;
  std::int64_t tokens = 0;             ///< that it read
  std::map<std::string, double> data;  ///< weights of its domains

  void fields(Fields& f) {
    f("purpose", purpose, "name that its random numbers are derived from");
    f("seed", seed, "seed of its random numbers");
    f("tokens", tokens, "tokens that it read");
    f("data", data, "weights of its domains");
  }
};

/// Inputs: "tokenizer"; "tokens/DOMAIN" of every domain; "init", the model, unless `model` is
/// given.
struct TrainWork {
  static constexpr const char* kKind = "train";
  static constexpr std::int64_t kNumerics = 4;
  static constexpr const char* kMeasured = kTrainSummary;
  std::string purpose;  ///< the name that random numbers are derived from
  std::int64_t seed = 0;
  EngineConfig engine;
  TrainConfig train;
  std::optional<ModelShape> model;            ///< of a model that starts from random weights
  std::vector<std::string> domains;           ///< every domain of the recipe
  std::vector<ReplayedStage> replay;          ///< whose sequences it reads; none: its own
  std::optional<Value> balance;               ///< of a mixture: parameters by plugin
  std::optional<BalanceScope> balance_scope;  ///< of a mixture

  void fields(Fields& f) {
    f("purpose", purpose, "name that random numbers are derived from");
    f("seed", seed, "seed of the random numbers");
    f("engine", engine, "where and how it is computed");
    f("train", train, "how it is trained");
    f("model", model, "shape of a model that starts from random weights");
    f("domains", domains, "domains of the recipe");
    f("replay", replay, "stages whose sequences it reads again", {.omit_default = true});
    f("balance", balance, "of a mixture: parameters of each balance plugin");
    f("balance_scope", balance_scope, "of a mixture: over which tokens balances take means");
  }
};

/// Writes the model and train.json (report/train_summary.hpp).
BTX_EXPORT void run(const TrainWork& work, const StageContext& context);

}  // namespace btx
