// Models that are imported or trained: the seed and the experts.
#include "checkpoint/gguf/gguf_model.hpp"
#include "checkpoint/model_folder.hpp"
#include "config/package_path.hpp"
#include "mix/plan_merge.hpp"
#include "model_spec/costs.hpp"
#include "model_spec/layout.hpp"
#include "model_spec/router_info.hpp"
#include "model_spec/seed_config.hpp"
#include "plan/imported_tokenizer.hpp"
#include "plan/planner.hpp"
#include "plugin/component.hpp"
#include "recipe/stage_names.hpp"
#include "stages/kinds.hpp"
#include "stages/models/import.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {

namespace {

ModelConfig config_of(const fs::path& path) {
  return is_gguf(path) ? GgufModel(path).config() : ModelFolder(path).config();
}

/// Whether the tokens of a GGUF file's vocabulary are the tokenizer's, as far as both go.
bool same_tokens(const GgufFile& file, const Tokenizer& tokenizer) {
  const auto own = file.texts("tokenizer.ggml.tokens");
  if (!own) return true;
  const std::size_t both = std::min(own->size(), tokenizer.vocab_size());
  for (std::size_t id = 0; id < both; ++id) {
    if ((*own)[id] != tokenizer.token(static_cast<std::int32_t>(id))) return false;
  }
  return true;
}

bool has_tokenizer(const fs::path& model, const Tokenizer& tokenizer) {
  if (is_gguf(model)) return same_tokens(GgufFile(gguf_parts(model).front()), tokenizer);
  const auto own = find_tokenizer(model);
  return !own || Tokenizer::load(*own) == tokenizer;
}

/// A model that brings a tokenizer has to bring the run's, which is imported from `path` or
/// trained.
void check_tokenizer(const fs::path& model, const std::optional<Tokenizer>& runs,
                     const std::string& path) {
  const bool fits = runs ? has_tokenizer(model, *runs) : !is_gguf(model) && !find_tokenizer(model);
  if (fits) return;
  throw Error(ExitCode::usage,
              fmt::format("{}: its tokenizer is not the run's tokenizer ({}); models can be mixed "
                          "only with one tokenizer: set tokenizer.import to the one they were all "
                          "trained with",
                          model.string(), path.empty() ? "trained by this recipe" : path));
}

}  // namespace

void Planner::add_seed() {
  make_seed();
  models_[kSeed].data = r_.seed_data;
}

void Planner::make_seed() {
  if (!recipe_.seed_model.import.empty()) {
    models_[kSeed] = with_place(r_.tree, {"seed_model", "import"}, [&] {
      return add_import(kSeed, local_path(recipe_.seed_model.import));
    });
    return;
  }
  PlannedModel fresh{"", seed_config(recipe_.model, vocab_size_), 1, {}};
  with_place(r_.tree, {"model"}, [&] { check_model_config(fresh.config); });
  const Phase phase{{"", *r_.seed_train, {"seed_model", "train"}}};
  models_[kSeed] = add_training(kSeed, fresh, phase, r_.router);
}

/// An added token, such as one for padding, may have no row; words, and what goes around every
/// text, need one.
void Planner::check_rows(const std::string& path, std::int64_t rows) const {
  std::int64_t needed = vocab_size_;
  if (tokenizer_) {
    needed = static_cast<std::int64_t>(tokenizer_->word_ids());
    for (const auto id : tokenizer_->encode("", {.add_special = true})) {
      needed = std::max<std::int64_t>(needed, id + 1);
    }
    needed = std::max<std::int64_t>(needed, tokenizer_->eos_id() + 1);
  }
  if (needed <= rows) return;
  throw Error(ExitCode::usage,
              fmt::format("{}: its embedding has {} rows, the run's tokenizer needs {}; set "
                          "tokenizer.import to the tokenizer that the model was trained with",
                          path, rows, needed));
}

Stage Planner::import_stage(const std::string& name, const std::string& path,
                            const ModelConfig& config) {
  Stage stage = make_stage(name, ImportWork{});
  for (const auto& file : import_files(path)) {
    stage.files.push_back(file.filename().string() + " " + digest_for(stage, file));
  }
  std::sort(stage.files.begin(), stage.files.end());
  stage.places["model"] = path;
  stage.estimate.parameters = count_parameters(config);
  stage.estimate.disk_bytes = 4.0 * static_cast<double>(stage.estimate.parameters);
  return stage;
}

/// A model with the run's tokenizer.
PlannedModel Planner::add_import(const std::string& name, const std::string& path) {
  const ModelConfig config = config_of(path);
  check_rows(path, config.vocab_size);
  check_tokenizer(path, tokenizer_, imported_tokenizer(recipe_));
  Stage stage = import_stage(name, path, config);
  stage.inputs = {{"tokenizer", kTokenizer}};
  add(std::move(stage));
  return {name, config, experts_per_token(config), {}};
}

/// A model of any shape, with its own tokenizer; without one with the run's.
PlannedModel Planner::add_foreign(const std::string& name, const std::string& path) {
  if (!is_gguf(path) && !find_tokenizer(path)) return add_import(name, path);
  const ModelConfig config = config_of(path);
  add(import_stage(name, path, config));
  return {name, config, experts_per_token(config), {}};
}

/// The model that an expert's training starts from: the seed, or an average (Branch-Train-Merge,
/// arXiv 2208.03306, section 3: a new expert starts from a weighted average of those there are).
PlannedModel Planner::start_of(const ResolvedExpert& expert) {
  NamedModels models;
  Value weights;
  for (const auto& [name, weight] : expert.from) {
    if (weight == 0) continue;
    models.push_back({{name, name, name}, models_.at(name)});
    weights.set(name, Value(weight));
  }
  if (models.empty()) return models_.at(kSeed);
  if (models.size() == 1) return models.front().second;
  const ValuePath written = {"expert", expert.name, "from"};
  MixConfig mean;
  mean.strategy = kAverage;
  mean.params.set("weights", std::move(weights));
  return add_mix(expert_stage(expert.name) + "/start", mean, models, r_.router, written);
}

void Planner::add_expert(const ResolvedExpert& expert) {
  const std::string name = expert_stage(expert.name);
  PlannedModel model;
  if (expert.import.empty()) {
    const Phase phase{{"", expert.train, {"expert", expert.name, "train"}}};
    model = add_training(name, start_of(expert), phase, r_.router);
  } else {
    model = with_place(r_.tree, {"expert", expert.name, "import"},
                       [&] { return add_import(name, local_path(expert.import)); });
  }
  model.data = expert.data;
  models_[expert.name] = std::move(model);
}

}  // namespace btx
