// The stage that trains a model.
#include "base/interrupt.hpp"
#include "checkpoint/side_files.hpp"
#include "data/token_file.hpp"
#include "model/layout.hpp"
#include "model/load.hpp"
#include "pipeline/graph.hpp"
#include "pipeline/merge_inputs.hpp"
#include "pipeline/stage_context.hpp"
#include "recipe/config.hpp"
#include "recipe/value_access.hpp"
#include "train/trainer.hpp"
#include "tokenizer/tokenizer.hpp"

#include <btx/random.hpp>

namespace btx {
namespace {

LoadedModel start_model(const StageContext& context, const EngineConfig& engine,
                        const Training& training, std::uint64_t seed) {
  if (context.config.find("model") == nullptr) {
    return load_model(ModelFolder(context.input("init")), engine, training);
  }
  const auto shape = read_config<ModelShape>(context.config.at("model"), "[model]");
  const auto tokenizer = Tokenizer::load(context.input("tokenizer"));
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
    const auto& text = context.config.at("balance_scope").as<std::string>();
    scope = text == "sequence"      ? BalanceScope::sequence
            : text == "micro_batch" ? BalanceScope::micro_batch
                                    : BalanceScope::global;
  }
  return {std::move(balances), scope, routing_sites(model).size(), model.num_experts()};
}

Value summary(const StageContext& context, const LoadedModel& model, std::int64_t length,
              const TrainResult& result) {
  const double experts = experts_per_token(model.config);
  Value value;
  value.set("stage", Value(context.name));
  value.set("parameters", Value(count_parameters(model.config)));
  value.set("active_parameters", Value(count_active_parameters(model.config, experts)));
  value.set("steps", Value(result.steps));
  value.set("tokens", Value(result.tokens));
  value.set("flops", Value(static_cast<double>(result.tokens) *
                           training_flops_per_token(model.config, experts, length)));
  value.set("seconds", Value(result.seconds));
  value.set("last_loss", Value(result.last_loss));
  return value;
}

void run_train(const StageContext& context) {
  const auto engine = read_config<EngineConfig>(context.config.at("engine"), "[engine]");
  const auto config = read_config<TrainConfig>(context.config.at("train"), "[train]");
  const auto seed =
      random_key(static_cast<std::uint64_t>(context.config.at("seed").as<std::int64_t>()),
                 context.config.at("purpose").as<std::string>());
  LoadedModel model = start_model(context, engine, {true, config.frozen}, seed);
  Balances balances = make_balances(context, model.config);

  std::vector<std::unique_ptr<TokenFile>> files;
  TrainingData data;
  for (const auto& domain : strings_of(context.config.at("domains"))) {
    const fs::path folder = context.input("tokens/" + domain);
    files.push_back(std::make_unique<TokenFile>(folder / "dev.tokens"));
    data.dev.push_back({domain, files.back().get(), 1});
    const auto weight = config.data.find(domain);
    if (weight == config.data.end() || weight->second == 0) continue;
    files.push_back(std::make_unique<TokenFile>(folder / "train.tokens"));
    data.train.push_back({domain, files.back().get(), weight->second});
  }
  catch_interrupts();
  MetricsLog metrics(context.run_folder, context.run_folder.filename().string(), context.name);
  Trainer trainer(context.name, *model.decoder, *model.parameters, balances, data, config, seed,
                  metrics);
  const std::int64_t length = config.sequence_in(model.config.context);
  const TrainResult result = trainer.run(context.work / "checkpoints");
  save_model(model, context.output);
  copy_tokenizer(context.input("tokenizer"), context.output);
  if (context.config.find("model") == nullptr) {
    copy_side_files(context.input("init"), context.output);
  }
  write_file(context.output / "train.json",
             to_json(summary(context, model, length, result)) + "\n");
}

/// Runs when the library is opened, which open_core() does on purpose for this.
const bool kRegistered = [] {
  stage_functions()["train"] = run_train;
  return true;
}();

}  // namespace
}  // namespace btx
