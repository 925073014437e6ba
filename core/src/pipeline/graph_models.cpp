// Seed, experts and training stages.
#include "checkpoint/gguf_model.hpp"
#include "checkpoint/gguf_tokenizer.hpp"
#include "checkpoint/model_folder.hpp"
#include "checkpoint/shard_index.hpp"
#include "checkpoint/side_files.hpp"
#include "pipeline/check_training.hpp"
#include "pipeline/estimate.hpp"
#include "pipeline/graph_builder.hpp"
#include "pipeline/imported_tokenizer.hpp"
#include "recipe/config.hpp"
#include "recipe/package_path.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {

namespace {

ModelConfig config_of(const fs::path& path) {
  return is_gguf(path) ? GgufModel(path).config() : ModelFolder(path).config();
}

/// What an import reads.
std::vector<fs::path> files_of(const fs::path& path) {
  if (is_gguf(path)) return {path};
  std::vector<fs::path> files;
  for (const auto& item : fs::directory_iterator(path)) {
    const std::string file = item.path().filename().string();
    if (file == "config.json" || file == "tokenizer.json" || file == "tokenizer.model" ||
        file == kShardIndex || file.ends_with(".safetensors") || is_side_file(file)) {
      files.push_back(item.path());
    }
  }
  return files;
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
  if (is_gguf(model)) return same_tokens(GgufFile(model), tokenizer);
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

ModelConfig seed_config(const ModelShape& shape, std::int64_t vocab_size) {
  ModelConfig c;
  c.vocab_size = vocab_size;
  c.hidden_size = shape.hidden_size;
  c.num_layers = shape.layers;
  c.num_heads = shape.heads;
  c.num_kv_heads = shape.kv_heads;
  c.head_dim = shape.head_dim;
  c.ffn_size = shape.ffn_size;
  c.context = shape.context;
  c.rope_theta = shape.rope_theta;
  c.rms_norm_eps = shape.rms_norm_eps;
  c.tie_embeddings = shape.tie_embeddings;
  return c;
}

void GraphBuilder::add_seed() {
  if (!recipe_.seed_model.import.empty()) {
    models_["seed"] = with_place(r_.tree, {"seed_model", "import"}, [&] {
      return add_import("seed", local_path(recipe_.seed_model.import));
    });
    return;
  }
  PlannedModel fresh{"", seed_config(recipe_.model, vocab_size_), 1, {}};
  with_place(r_.tree, {"model"}, [&] { check_model_config(fresh.config); });
  models_["seed"] = add_training("seed", fresh, *r_.seed_train, {"seed_model", "train"});
}

PlannedModel GraphBuilder::add_import(const std::string& name, const std::string& path) {
  const ModelConfig config = config_of(path);
  if (config.vocab_size < vocab_size_) {
    throw Error(ExitCode::usage,
                fmt::format("{}: its vocabulary has {} entries, the tokenizer {}; set "
                            "tokenizer.import to the model's own tokenizer",
                            path, config.vocab_size, vocab_size_));
  }
  check_tokenizer(path, tokenizer_, imported_tokenizer(recipe_));
  Stage stage;
  stage.name = name;
  stage.kind = "import";
  for (const auto& file : files_of(path)) {
    stage.files.push_back(file.filename().string() + " " + memo_.digest(file));
  }
  std::sort(stage.files.begin(), stage.files.end());
  stage.inputs = {{"tokenizer", "tokenizer"}};
  stage.estimate.parameters = count_parameters(config);
  stage.estimate.disk_bytes = 4.0 * static_cast<double>(stage.estimate.parameters);
  PlannedModel model{name, config, experts_per_token(config), {}};
  add(std::move(stage)).config.set("path", Value(path));
  return model;
}

void GraphBuilder::add_expert(const ResolvedExpert& expert) {
  const std::string name = "expert/" + expert.name;
  if (expert.import.empty()) {
    models_[expert.name] =
        add_training(name, models_["seed"], expert.train, {"expert", expert.name, "train"});
    return;
  }
  models_[expert.name] = with_place(r_.tree, {"expert", expert.name, "import"},
                                    [&] { return add_import(name, local_path(expert.import)); });
}

PlannedModel GraphBuilder::add_training(const std::string& name, const PlannedModel& from,
                                        TrainConfig train, const ValuePath& written) {
  check_training(fmt::format("{}", fmt::join(written, ".")), nearest(r_.tree, written), train,
                 from.config);
  train.sequence_length = train.sequence_in(from.config.context);
  Stage stage;
  stage.name = name;
  stage.kind = "train";
  stage.config.set("purpose", Value(name));
  stage.config.set("seed", Value(seed_of(name)));
  stage.config.set("engine", engine());
  stage.config.set("train", write_config(train));
  stage.inputs = {{"tokenizer", "tokenizer"}};
  if (from.stage.empty()) {
    stage.config.set("model", write_config(recipe_.model));
  } else {
    stage.inputs.push_back({"init", from.stage});
  }
  add_domains(stage, "tokens");
  if (from.config.num_experts() > 0) add_routing(stage, from.config);
  stage.estimate = estimate_training(from.config, from.experts_per_token, train, recipe_.engine);
  add(std::move(stage));
  return {name, from.config, from.experts_per_token, {}};
}

void GraphBuilder::add_routing(Stage& stage, const ModelConfig& config) const {
  Value balances;
  for (const auto& balance : r_.balances) {
    balances.set(balance.name, balance.params);
    stage.components.push_back(used_component("balance", balance.name));
  }
  stage.config.set("balance", std::move(balances));
  stage.config.set("balance_scope", Value(recipe_.router.balance_scope));
  stage.components.push_back(used_component("router", config.router.type));
}

}  // namespace btx
