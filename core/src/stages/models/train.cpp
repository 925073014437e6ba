#include "stages/models/train.hpp"

#include "base/interrupt.hpp"
#include "checkpoint/side_files.hpp"
#include "checkpoint/tokenizer_files.hpp"
#include "config/config.hpp"
#include "data/token_file.hpp"
#include "model/engine.hpp"
#include "model/load.hpp"
#include "model_spec/costs.hpp"
#include "model_spec/seed_config.hpp"
#include "recipe/stage_names.hpp"
#include "stages/stage_seed.hpp"
#include "tokenizer/tokenizer.hpp"
#include "train/trainer.hpp"

#include <memory>

namespace btx {
namespace {

LoadedModel start_model(const TrainWork& work, const StageContext& context,
                        const Balances& balances, std::uint64_t seed) {
  const Training training{true, work.train.frozen, balances.moves_selection_bias()};
  if (!work.model) return load_model(ModelFolder(context.input("init")), work.engine, training);
  const auto tokenizer = Tokenizer::load(context.input("tokenizer"));
  const auto vocabulary = static_cast<std::int64_t>(tokenizer.vocab_size());
  return new_model(seed_config(*work.model, vocabulary), work.model->init_std, seed, work.engine,
                   training);
}

Balances balances_of(const TrainWork& work) {
  return {work.balance ? make_balances(*work.balance) : std::vector<ActiveBalance>(),
          work.balance_scope.value_or(BalanceScope::global)};
}

/// The token files of every domain, and which of them are trained on.
struct Data {
  std::vector<std::unique_ptr<TokenFile>> files;
  TrainingData domains;
};

std::vector<BlendDomain> weighted(std::vector<BlendDomain> domains,
                                  const std::map<std::string, double>& weights) {
  for (auto& domain : domains) {
    const auto weight = weights.find(domain.name);
    domain.weight = weight == weights.end() ? 0 : weight->second;
  }
  return domains;
}

Data open_data(const TrainWork& work, const StageContext& context, const ModelConfig& model) {
  Data data;
  const auto open = [&](const fs::path& file) {
    return data.files.emplace_back(std::make_unique<TokenFile>(file, model.vocab_size)).get();
  };
  std::vector<BlendDomain> all;
  for (const auto& domain : work.domains) {
    const fs::path folder = context.input(tokens_stage(domain));
    data.domains.dev.push_back({domain, open(folder / "dev.tokens"), 1});
    all.push_back({domain, open(folder / "train.tokens"), 0});
  }
  data.domains.train = weighted(all, work.train.data);
  for (const auto& stage : work.replay) {
    data.domains.replayed.push_back({weighted(all, stage.data), static_cast<double>(stage.tokens),
                                     data_seed(stage_seed(stage.seed, stage.purpose))});
  }
  return data;
}

TrainSummary summary_of(const TrainWork& work, const StageContext& context,
                        const ModelConfig& model, const TrainResult& result) {
  const double experts = result.experts_per_token;
  TrainSummary summary;
  summary.stage = context.name;
  summary.parameters = count_parameters(model);
  summary.active_parameters = count_active_parameters(model, experts);
  summary.experts_per_token = experts;
  summary.steps = result.steps;
  summary.tokens = result.tokens;
  summary.flops = static_cast<double>(result.tokens) *
                  training_flops_per_token(model, experts, work.train.sequence_in(model.context),
                                           {work.train.frozen, result.first_pass});
  summary.seconds = result.seconds;
  summary.last_loss = result.last_loss;
  return summary;
}

}  // namespace

void run(const TrainWork& work, const StageContext& context) {
  const std::uint64_t seed = stage_seed(work.seed, work.purpose);
  Balances balances = balances_of(work);
  LoadedModel model = start_model(work, context, balances, seed);
  const Data data = open_data(work, context, model.config);
  catch_interrupts();
  MetricsLog metrics(context.run_folder, context.run_folder.filename().string(), context.name);
  const auto alone = single_process();
  Trainer trainer({.title = context.name,
                   .decoder = *model.decoder,
                   .parameters = *model.parameters,
                   .balances = balances,
                   .data = data.domains,
                   .config = work.train,
                   .seed = seed,
                   .metrics = metrics,
                   .processes = *alone,
                   .computed = computed_on(work.engine, context.threads).text()});
  const TrainResult result = trainer.run(context.work / "checkpoints");
  save_model(model, context.output);
  copy_tokenizer(context.input("tokenizer"), context.output);
  if (!work.model) copy_side_files(context.input("init"), context.output);
  write_file(context.output / kTrainSummary,
             to_json(write_config(summary_of(work, context, model.config, result))) + "\n");
}

}  // namespace btx
