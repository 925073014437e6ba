#pragma once
// Gives a merged model's gates their first weights from what its hidden states look like in each
// domain.

#include "pipeline/stage_context.hpp"
#include "recipe/schema/engine.hpp"
#include "recipe/schema/router.hpp"
#include "stages/expert_field.hpp"

#include <btx/params.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// Inputs: "init", the model; "tokens/DOMAIN".
struct GatesWork {
  static constexpr const char* kKind = "gates";
  static constexpr std::int64_t kNumerics = 3;
  std::string purpose;  ///< the name that random numbers are derived from
  std::int64_t seed = 0;
  EngineConfig engine;
  GateInitConfig init;
  bool by_group = false;  ///< experts of one group start with the same gate row
  std::vector<std::string> domains;
  std::vector<TrainedOn> data;  ///< of every expert

  void fields(Fields& f) {
    f("purpose", purpose, "name that random numbers are derived from");
    f("seed", seed, "seed of the random numbers");
    f("engine", engine, "where and how it is computed");
    f("init", init, "gate initialisation");
    f("by_group", by_group, "experts of one group start with the same gate row");
    f("domains", domains, "domains of the recipe");
    f("data", data, "what each expert was trained on");
  }
};

/// Writes the model with other gates.
BTX_EXPORT void run(const GatesWork& work, const StageContext& context);

}  // namespace btx
