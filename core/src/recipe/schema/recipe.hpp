#pragma once
// Everything a recipe can say, one header per table.

#include "config/value.hpp"
#include "recipe/schema/baseline.hpp"
#include "recipe/schema/data.hpp"
#include "recipe/schema/engine.hpp"
#include "recipe/schema/ensemble.hpp"
#include "recipe/schema/eval.hpp"
#include "recipe/schema/mix.hpp"
#include "recipe/schema/model_shape.hpp"
#include "recipe/schema/models.hpp"
#include "recipe/schema/package.hpp"
#include "recipe/schema/router.hpp"
#include "recipe/schema/run.hpp"
#include "recipe/schema/split.hpp"
#include "recipe/schema/tokenizer.hpp"
#include "recipe/schema/train.hpp"

#include <btx/params.hpp>

#include <cstdint>
#include <map>
#include <vector>

namespace btx {

/// A whole recipe. A Value is a table that is read later: laid on another one ([finetune] on
/// [train]), or by plugins.
struct Recipe {
  std::int64_t schema = 1;
  RunConfig run;
  EngineTable engine;
  std::vector<PackageConfig> package;
  std::map<std::string, DataConfig> data;
  SplitConfig split;
  TokenizerConfig tokenizer;
  ModelShape model;
  TrainConfig train;
  SeedModelConfig seed_model;
  std::vector<ExpertConfig> expert;
  MixConfig mix;
  RouterConfig router;
  Value finetune;
  std::vector<BaselineConfig> baseline;
  EvalConfig eval;
  Value sweep;

  void fields(Fields& f) {
    f("schema", schema, "version of this format", {.min = 1, .max = 1});
    f("run", run, "the run as a whole");
    f("engine", engine, "where and how the work is done");
    f("package", package, "files from a package registry, which other keys name as paths");
    f("data", data, "the domains, by name", {.required = true});
    f("split", split, "how documents are held out");
    f("tokenizer", tokenizer, "one tokenizer for every model");
    f("model", model, "the shape of a seed that is trained");
    f("train", train, "defaults of every training stage");
    f("seed_model", seed_model, "the model that is branched");
    f("expert", expert, "one for each branch", {.required = true});
    f("mix", mix, "how the experts become one model");
    f("router", router, "of the mixture layers");
    f("finetune", finetune,
      "as [train]: training of the mixed model; tokens = 0 leaves it out. With [[finetune.phase]], "
      "each with a name and laid on [finetune], it is trained in so many stages, one after the "
      "other");
    f("baseline", baseline, "other models to compare with");
    f("eval", eval, "what is measured on every model", {.required = true});
    f("sweep", sweep,
      "for 'btx sweep': a list of values for each key that is varied: \"run.seed\" = [1, 2, 3]");
  }
};

}  // namespace btx
