// Stages that need LibTorch: training and evaluation.
#include "data/documents.hpp"
#include "data/token_file.hpp"
#include "eval/score.hpp"
#include "model/layout.hpp"
#include "model/load.hpp"
#include "pipeline/graph.hpp"
#include "pipeline/merge_inputs.hpp"
#include "pipeline/stage_context.hpp"
#include "recipe/config.hpp"
#include "report/progress.hpp"
#include "train/trainer.hpp"

#include <btx/random.hpp>
#include "base/text.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <chrono>

namespace btx {
namespace {

std::vector<std::string> domains_of(const Value& config) {
  std::vector<std::string> names;
  for (const auto& item : config.find("domains")->as<Array>())
    names.push_back(item.as<std::string>());
  return names;
}

LoadedModel start_model(const StageContext& context, const EngineConfig& engine,
                        const Training& training, std::uint64_t seed) {
  if (context.config.find("model") == nullptr) {
    return load_model(ModelFolder(context.input("init")), engine, training);
  }
  const auto shape = read_config<ModelShape>(*context.config.find("model"), "[model]");
  const auto tokenizer = Tokenizer::load(context.input("tokenizer") / "tokenizer.json");
  return new_model(seed_config(shape, static_cast<std::int64_t>(tokenizer.vocab_size())),
                   shape.init_std, seed, engine, training);
}

Balances make_balances(const StageContext& context, const ModelConfig& model) {
  std::vector<ActiveBalance> balances;
  BalanceScope scope = BalanceScope::global;
  if (const Value* given = context.config.find("balance")) {
    for (const auto& [name, params, source] : given->as<Table>()) {
      balances.push_back({name, make_component<Balance>(name, params)});
    }
    const auto& text = context.config.find("balance_scope")->as<std::string>();
    scope = text == "sequence"      ? BalanceScope::sequence
            : text == "micro_batch" ? BalanceScope::micro_batch
                                    : BalanceScope::global;
  }
  return {std::move(balances), scope, routing_sites(model).size(), model.num_experts()};
}

Value summary(const StageContext& context, const LoadedModel& model, const TrainResult& result) {
  const double experts = experts_per_token(model.config);
  Value value;
  value.set("stage", Value(context.name));
  value.set("parameters", Value(count_parameters(model.config)));
  value.set("active_parameters", Value(count_active_parameters(model.config, experts)));
  value.set("steps", Value(result.steps));
  value.set("tokens", Value(result.tokens));
  value.set("flops", Value(static_cast<double>(result.tokens) *
                           training_flops_per_token(model.config, experts)));
  value.set("seconds", Value(result.seconds));
  value.set("last_loss", Value(result.last_loss));
  return value;
}

void run_train(const StageContext& context) {
  const auto engine = read_config<EngineConfig>(*context.config.find("engine"), "[engine]");
  const auto config = read_config<TrainConfig>(*context.config.find("train"), "[train]");
  const auto seed =
      random_key(static_cast<std::uint64_t>(context.config.find("seed")->as<std::int64_t>()),
                 context.config.find("purpose")->as<std::string>());
  LoadedModel model = start_model(context, engine, {true, config.frozen}, seed);
  Balances balances = make_balances(context, model.config);

  std::vector<std::unique_ptr<TokenFile>> files;
  TrainingData data;
  for (const auto& domain : domains_of(context.config)) {
    const fs::path folder = context.input("tokens/" + domain);
    files.push_back(std::make_unique<TokenFile>(folder / "dev.tokens"));
    data.dev.push_back({domain, files.back().get(), 1});
    const auto weight = config.data.find(domain);
    if (weight == config.data.end() || weight->second == 0) continue;
    files.push_back(std::make_unique<TokenFile>(folder / "train.tokens"));
    data.train.push_back({domain, files.back().get(), weight->second});
  }
  MetricsLog metrics(context.run_folder, context.run_folder.filename().string(), context.name);
  Trainer trainer(context.name, *model.decoder, *model.parameters, balances, data, config, seed,
                  metrics);
  const TrainResult result = trainer.run(context.work / "checkpoints");
  save_model(model, context.output);
  write_file(context.output / "tokenizer.json",
             read_file(context.input("tokenizer") / "tokenizer.json"));
  write_file(context.output / "train.json", to_json(summary(context, model, result)) + "\n");
}

TaskInput test_documents(const StageContext& context, const std::string& domain) {
  const auto limit = static_cast<std::size_t>(context.config.find("max_bytes")->as<std::int64_t>());
  TaskInput input{domain, {}};
  std::size_t bytes = 0;
  read_documents(context.input("documents/" + domain), Split::test, [&](const Document& document) {
    if (limit > 0 && bytes >= limit) return;
    bytes += document.text.size();
    input.documents.push_back(document);
  });
  return input;
}

Value numbers(const std::vector<double>& values) {
  Array array;
  for (const double value : values) array.emplace_back(value);
  return Value(std::move(array));
}

Value score_value(const std::string& task, const std::string& domain, const Score& score) {
  Value value;
  value.set("task", Value(task));
  value.set("domain", Value(domain));
  value.set("metric", Value(score.metric));
  value.set("value", Value(score.value));
  value.set("lower_is_better", Value(score.lower_is_better));
  value.set("numerator", numbers(score.numerator));
  value.set("denominator", numbers(score.denominator));
  return value;
}

Value routing_value(const std::string& domain, const std::vector<RoutingSite>& sites,
                    const ExpertCounts& counts) {
  Array layers;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    Value layer;
    layer.set("layer", Value(sites[i].name()));
    layer.set("counts", numbers(counts[i]));
    layers.push_back(std::move(layer));
  }
  Value value;
  value.set("domain", Value(domain));
  value.set("layers", Value(std::move(layers)));
  return value;
}

void run_evaluate(const StageContext& context) {
  const auto engine = read_config<EngineConfig>(*context.config.find("engine"), "[engine]");
  const ModelFolder folder(context.input("model"));
  const LoadedModel model = load_model(folder, engine, {});
  const auto sites = routing_sites(model.config);
  const auto tokenizer = Tokenizer::load(context.input("model") / "tokenizer.json");
  ScoreConfig config;
  config.window = std::min(context.config.find("window")->as<std::int64_t>(), model.config.context);
  config.batch_size = context.config.find("batch_size")->as<std::int64_t>();
  const auto domains = domains_of(context.config);
  const Table& tasks = context.config.find("tasks")->as<Table>();
  Progress progress(context.name, static_cast<std::int64_t>(domains.size() * tasks.size()));
  Array scores;
  Array routing;
  std::int64_t done = 0;
  for (const auto& domain : domains) {
    const TaskInput input = test_documents(context, domain);
    ExpertCounts counts;
    for (const auto& [name, params, source] : tasks) {
      const auto task = make_component<Task>(name, params);
      const auto requests = task.call([&](const Task& t) { return t.requests(input); });
      const auto answers = score(*model.decoder, tokenizer, requests, config,
                                 model.config.num_experts() > 0 ? &counts : nullptr);
      for (const auto& score :
           task.call([&](const Task& t) { return t.score(input, requests, answers); })) {
        scores.push_back(score_value(name, domain, score));
        ++done;
        progress.update(done, fmt::format("{} {} {:.3f}", domain, score.metric, score.value),
                        done == static_cast<std::int64_t>(domains.size() * tasks.size()));
      }
    }
    if (!counts.empty()) routing.push_back(routing_value(domain, sites, counts));
  }
  Array experts;
  for (const auto& expert : model.config.experts) experts.push_back(to_value(expert));
  const double active = experts_per_token(model.config);
  Value result;
  result.set("parameters", Value(count_parameters(model.config)));
  result.set("active_parameters", Value(count_active_parameters(model.config, active)));
  result.set("experts", Value(std::move(experts)));
  result.set("scores", Value(std::move(scores)));
  result.set("routing", Value(std::move(routing)));
  write_file(context.output / "scores.json", to_json(result) + "\n");
}

/// Runs when the library is opened, which open_core() does on purpose for this.
const bool kRegistered = [] {
  stage_functions()["train"] = run_train;
  stage_functions()["evaluate"] = run_evaluate;
  return true;
}();

}  // namespace
}  // namespace btx
