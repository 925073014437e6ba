#include "pipeline/graph.hpp"

#include "checkpoint/model_folder.hpp"
#include "mix/check_plan.hpp"
#include "model/layout.hpp"
#include "pipeline/estimate.hpp"
#include "pipeline/file_memo.hpp"
#include "pipeline/merge_inputs.hpp"
#include "pipeline/pack.hpp"
#include "plugin/component.hpp"
#include "recipe/config.hpp"
#include "tokenizer/tokenizer.hpp"

#include <btx/data_source.hpp>
#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

UsedComponent used(const std::string& kind, const std::string& name) {
  const RegisteredComponent& component = Registry::instance().find(kind, name);
  const PluginRecord& plugin = Registry::instance().plugin_of(component);
  return {kind, name, plugin.version, plugin.digest};
}

Array strings(const std::vector<std::string>& items) {
  Array array;
  for (const auto& item : items) array.emplace_back(item);
  return array;
}

/// A model that some stage makes, as far as headers tell.
struct PlannedModel {
  std::string stage;
  ModelConfig config;
  double experts_per_token = 1;
};

class GraphBuilder {
 public:
  explicit GraphBuilder(const ResolvedRecipe& resolved)
      : r_(resolved), recipe_(resolved.recipe), memo_(fs::path(recipe_.run.store) / "memo.json") {}

  StageGraph build() {
    recipe_.run.pack.empty() ? add_data() : add_pack(recipe_.run.pack);
    add_seed();
    for (const auto& expert : r_.experts) add_expert(expert);
    models_["mix"] = add_mix("mix", recipe_.mix, expert_models(recipe_.mix.include_seed_expert));
    if (r_.finetune) models_["mixture"] = add_training("finetune", models_["mix"], *r_.finetune);
    for (const auto& baseline : r_.baselines) add_baseline(baseline);
    const auto models = compared_models(r_);
    for (const auto& model : models) add_evaluation(model);
    add_report(models);
    return std::move(graph_);
  }

 private:
  Stage& add(Stage stage) {
    std::vector<std::string> keys;
    for (const auto& input : stage.inputs) keys.push_back(graph_.find(input.stage).key);
    set_key(stage, keys);
    graph_.stages.push_back(std::move(stage));
    return graph_.stages.back();
  }

  Value engine() const { return write_config(recipe_.engine); }

  void add_data() {
    for (const auto& [name, data] : recipe_.data) add_documents(name, data);
    add_tokenizer();
    for (const auto& [name, data] : recipe_.data) add_tokens(name);
  }

  /// The same stages, out of a pack.
  void add_pack(const std::string& pack) {
    vocab_size_ = pack_vocab_size(pack);
    const std::string digest = memo_.digest(pack);
    std::vector<std::string> names;
    for (const auto& domain : r_.domains()) names.push_back("documents/" + domain);
    names.emplace_back("tokenizer");
    for (const auto& domain : r_.domains()) names.push_back("tokens/" + domain);
    for (const auto& name : names) {
      Stage stage;
      stage.name = name;
      stage.kind = "unpack";
      stage.config.set("stage", Value(name));
      stage.files.push_back("pack " + digest);
      stage.estimate.memory_bytes = 50e6;
      add(std::move(stage)).config.set("path", Value(pack));
    }
  }

  void add_documents(const std::string& name, const DataConfig& data) {
    Stage stage;
    stage.name = "documents/" + name;
    stage.kind = "documents";
    stage.config.set("domain", Value(name));
    stage.config.set("source", Value(data.source));
    stage.config.set("params", data.params);
    stage.config.set("split", write_config(recipe_.split));
    stage.components.push_back(used("source", data.source));
    const auto source = make_component<DataSource>(data.source, data.params);
    SourceContext context;
    context.cache_dir = recipe_.run.store + "/downloads";
    context.domain = name;
    for (const auto& shard : source.call([&](const DataSource& s) { return s.shards(context); })) {
      const std::string identity = shard.is_path ? memo_.digest(shard.identity) : shard.identity;
      stage.files.push_back(shard.name + " " + identity);
      stage.estimate.disk_bytes += 2.0 * static_cast<double>(shard.bytes);
    }
    stage.estimate.memory_bytes = 100e6;
    add(std::move(stage));
  }

  void add_tokenizer() {
    Stage stage;
    stage.name = stage.kind = "tokenizer";
    const TokenizerConfig& config = recipe_.tokenizer;
    if (!config.import.empty()) {
      stage.config.set("import", Value(true));
      stage.files.push_back("tokenizer.json " + memo_.digest(config.import));
      vocab_size_ = static_cast<std::int64_t>(Tokenizer::load(config.import).vocab_size());
    } else {
      stage.config.set("import", Value(false));
      stage.config.set("vocab_size", Value(config.vocab_size));
      stage.config.set("train_bytes", Value(config.train_bytes));
      stage.config.set("split_digits", Value(config.split_digits));
      for (const auto& domain : r_.domains()) {
        stage.inputs.push_back({"documents/" + domain, "documents/" + domain});
      }
      vocab_size_ = config.vocab_size;
    }
    stage.estimate.memory_bytes = 100e6 + 20.0 * static_cast<double>(config.train_bytes);
    add(std::move(stage)).config.set("path", Value(config.import));
  }

  void add_tokens(const std::string& domain) {
    Stage stage;
    stage.name = "tokens/" + domain;
    stage.kind = "tokens";
    stage.inputs = {{"documents", "documents/" + domain}, {"tokenizer", "tokenizer"}};
    stage.estimate.memory_bytes = 200e6;
    add(std::move(stage));
  }

  void add_seed() {
    if (!recipe_.seed_model.import.empty()) {
      models_["seed"] = add_import("seed", recipe_.seed_model.import);
      return;
    }
    PlannedModel fresh{"", seed_config(recipe_.model, vocab_size_), 1};
    check_model_config(fresh.config);
    models_["seed"] = add_training("seed", fresh, *r_.seed_train);
  }

  PlannedModel add_import(const std::string& name, const std::string& path) {
    const ModelFolder folder{fs::path(path)};
    if (folder.config().vocab_size < vocab_size_) {
      throw Error(ExitCode::usage,
                  fmt::format("{}: its vocabulary has {} entries, the tokenizer {}; set "
                              "tokenizer.import to the model's own tokenizer.json",
                              path, folder.config().vocab_size, vocab_size_));
    }
    Stage stage;
    stage.name = name;
    stage.kind = "import";
    for (const auto& item : fs::directory_iterator(path)) {
      const std::string file = item.path().filename().string();
      if (file == "config.json" || file.ends_with(".safetensors")) {
        stage.files.push_back(file + " " + memo_.digest(item.path()));
      }
    }
    std::sort(stage.files.begin(), stage.files.end());
    stage.inputs = {{"tokenizer", "tokenizer"}};
    stage.estimate.parameters = count_parameters(folder.config());
    stage.estimate.disk_bytes = 4.0 * static_cast<double>(stage.estimate.parameters);
    PlannedModel model{name, folder.config(), experts_per_token(folder.config())};
    add(std::move(stage)).config.set("path", Value(path));
    return model;
  }

  void add_expert(const ResolvedExpert& expert) {
    const std::string name = "expert/" + expert.name;
    models_[expert.name] = expert.import.empty() ? add_training(name, models_["seed"], expert.train)
                                                 : add_import(name, expert.import);
  }

  PlannedModel add_training(const std::string& name, const PlannedModel& from,
                            const TrainConfig& train) {
    Stage stage;
    stage.name = name;
    stage.kind = "train";
    stage.config.set("purpose", Value(name));
    stage.config.set("seed", Value(recipe_.run.seed));
    stage.config.set("engine", engine());
    stage.config.set("train", write_config(train));
    stage.inputs = {{"tokenizer", "tokenizer"}};
    if (from.stage.empty()) {
      stage.config.set("model", write_config(recipe_.model));
    } else {
      stage.inputs.push_back({"init", from.stage});
    }
    stage.config.set("domains", Value(strings(r_.domains())));
    for (const auto& domain : r_.domains()) {
      stage.inputs.push_back({"tokens/" + domain, "tokens/" + domain});
    }
    if (from.config.num_experts() > 0) add_routing(stage, from.config);
    stage.estimate = estimate_training(from.config, from.experts_per_token, train, recipe_.engine);
    add(std::move(stage));
    return {name, from.config, from.experts_per_token};
  }

  void add_routing(Stage& stage, const ModelConfig& config) {
    Value balances;
    for (const auto& balance : r_.balances) {
      balances.set(balance.name, balance.params);
      stage.components.push_back(used("balance", balance.name));
    }
    stage.config.set("balance", std::move(balances));
    stage.config.set("balance_scope", Value(recipe_.router.balance_scope));
    stage.components.push_back(used("router", config.router.type));
  }

  std::vector<std::pair<ExpertInfo, PlannedModel>> expert_models(bool with_seed) {
    std::vector<std::pair<ExpertInfo, PlannedModel>> all;
    for (const auto& expert : r_.experts) {
      all.push_back({{expert.name, expert.domain, expert.name}, models_[expert.name]});
    }
    if (with_seed) all.push_back({{"seed", "", "seed"}, models_["seed"]});
    return all;
  }

  PlannedModel add_mix(const std::string& name, const MixConfig& mix,
                       const std::vector<std::pair<ExpertInfo, PlannedModel>>& models) {
    std::vector<MergeInput> inputs;
    Stage stage;
    stage.name = name;
    stage.kind = "mix";
    stage.config.set("purpose", Value(name));
    stage.config.set("seed", Value(recipe_.run.seed));
    stage.config.set("strategy", Value(mix.strategy));
    stage.config.set("params", mix.params);
    Array infos;
    for (const auto& [info, model] : models) {
      inputs.push_back({info, model.config, tensor_layout(model.config)});
      infos.push_back(to_value(info));
      stage.inputs.push_back({"model/" + info.name, model.stage});
    }
    stage.config.set("models", Value(std::move(infos)));
    stage.components.push_back(used("merge", mix.strategy));
    const MergeInputs all = merge_inputs(std::move(inputs), recipe_.router, 0);
    const MixPlan plan = plan_merge(mix.strategy, mix.params, all, recipe_.router.init);
    if (plan.config.num_experts() > 0) {
      stage.config.set("router", router_value(recipe_.router));
      stage.components.push_back(used("router", plan.config.router.type));
    }
    stage.estimate.parameters = count_parameters(plan.config);
    stage.estimate.memory_bytes = 50e6 + static_cast<double>(plan_peak_bytes(plan));
    stage.estimate.disk_bytes = 4.0 * static_cast<double>(stage.estimate.parameters);
    PlannedModel model{name, plan.config, experts_per_token(plan.config)};
    stage.estimate.active_parameters =
        count_active_parameters(model.config, model.experts_per_token);
    add(std::move(stage));
    return model;
  }

  void add_baseline(const ResolvedBaseline& baseline) {
    PlannedModel model = models_["seed"];
    if (baseline.mix) {
      const bool seed_only = baseline.from_seed;
      auto inputs = expert_models(!seed_only && baseline.mix->include_seed_expert);
      if (seed_only) inputs = {{{"seed", "", "seed"}, models_["seed"]}};
      model = add_mix("baseline/" + baseline.name + (baseline.train ? "/mix" : ""), *baseline.mix,
                      inputs);
    }
    if (baseline.train) model = add_training("baseline/" + baseline.name, model, *baseline.train);
    models_[baseline.name] = model;
  }

  void add_evaluation(const ComparedModel& compared) {
    const PlannedModel& model = models_.at(compared.name);
    Stage stage;
    stage.name = "evaluate/" + compared.name;
    stage.kind = "evaluate";
    stage.config.set("engine", engine());
    stage.config.set("tasks", recipe_.eval.params);
    stage.config.set("window", Value(recipe_.eval.window));
    stage.config.set("batch_size", Value(recipe_.eval.batch_size));
    stage.config.set("max_bytes", Value(recipe_.eval.max_bytes));
    stage.config.set("domains", Value(strings(r_.domains())));
    stage.inputs = {{"model", model.stage}};
    for (const auto& domain : r_.domains()) {
      stage.inputs.push_back({"documents/" + domain, "documents/" + domain});
    }
    for (const auto& task : recipe_.eval.tasks) stage.components.push_back(used("task", task));
    if (model.config.num_experts() > 0) {
      stage.components.push_back(used("router", model.config.router.type));
    }
    stage.estimate =
        estimate_evaluation(model.config, model.experts_per_token,
                            recipe_.eval.batch_size * recipe_.eval.window, recipe_.engine);
    add(std::move(stage));
  }

  /// Names of the training stages that a stage rests on, itself included, in graph order.
  std::vector<std::string> lineage(const std::string& stage) const {
    std::vector<std::string> needed = {stage};
    for (std::size_t i = 0; i < needed.size(); ++i) {
      for (const auto& input : graph_.find(needed[i]).inputs) {
        if (std::find(needed.begin(), needed.end(), input.stage) == needed.end()) {
          needed.push_back(input.stage);
        }
      }
    }
    std::vector<std::string> trained;
    for (const auto& candidate : graph_.stages) {
      const bool used = std::find(needed.begin(), needed.end(), candidate.name) != needed.end();
      if (used && candidate.kind == "train") trained.push_back(candidate.name);
    }
    return trained;
  }

  void add_report(const std::vector<ComparedModel>& models) {
    Stage stage;
    stage.name = stage.kind = "report";
    stage.config.set("title", Value(recipe_.run.name));
    stage.config.set("domains", Value(strings(r_.domains())));
    Array rows;
    for (const auto& model : models) {
      Value row;
      row.set("name", Value(model.name));
      row.set("stage", Value(model.stage));
      row.set("training", Value(strings(lineage(model.stage))));
      rows.push_back(std::move(row));
      stage.inputs.push_back({"evaluate/" + model.name, "evaluate/" + model.name});
    }
    stage.config.set("models", Value(std::move(rows)));
    for (const auto& other : graph_.stages) {
      if (other.kind == "train") stage.inputs.push_back({"train/" + other.name, other.name});
    }
    stage.estimate.memory_bytes = 50e6;
    add(std::move(stage));
  }

  const ResolvedRecipe& r_;
  const Recipe& recipe_;
  FileMemo memo_;
  StageGraph graph_;
  std::int64_t vocab_size_ = 0;
  std::map<std::string, PlannedModel> models_;
};

}  // namespace

std::vector<ComparedModel> compared_models(const ResolvedRecipe& resolved) {
  std::vector<ComparedModel> models = {{"seed", "seed"}};
  for (const auto& expert : resolved.experts)
    models.push_back({expert.name, "expert/" + expert.name});
  for (const auto& baseline : resolved.baselines) {
    models.push_back({baseline.name, "baseline/" + baseline.name});
  }
  models.push_back({"mix", "mix"});
  if (resolved.finetune) models.push_back({"mixture", "finetune"});
  return models;
}

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

StageGraph build_graph(const ResolvedRecipe& resolved) {
  return GraphBuilder(resolved).build();
}

}  // namespace btx
