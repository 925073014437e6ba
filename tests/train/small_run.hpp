#pragma once
// A training of the small model of tests/model on tokens that are written here.

#include "data/token_file.hpp"
#include "model/small_model.hpp"
#include "plugins/load.hpp"
#include "support.hpp"
#include "token_text.hpp"
#include "train/trainer.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace btx_test {

using namespace btx;

/// A file of these tokens, below 11, which is the small model's vocabulary.
inline TokenFile file_of(const std::string& name, const std::vector<int>& tokens) {
  const fs::path path = btx_test::scratch("train-" + name) / "tokens";
  write_token_file(path, tokens, 11);
  return TokenFile(path);
}

/// Tokens by chance.
inline TokenFile small_tokens(const std::string& name, std::int64_t size) {
  std::vector<int> tokens;
  const std::uint64_t key = random_key(3, name);
  for (std::int64_t i = 0; i < size; ++i) {
    tokens.push_back(static_cast<int>(random_uniform(key, static_cast<std::uint64_t>(i)) * 11));
  }
  return file_of(name, tokens);
}

/// Six steps of four sequences of seven tokens.
inline TrainConfig small_training() {
  TrainConfig config;
  config.batch_tokens = 28;
  config.tokens = 6 * config.batch_tokens;
  config.micro_batch = 4;
  config.lr = 1e-2;
  config.dev_every = 0;
  config.checkpoint_every = 0;
  return config;
}

/// A model with all that its training needs.
struct SmallRun {
  explicit SmallRun(
      const TrainConfig& train, std::int64_t experts = 0,
      const Parameters::Chosen& trained = [](const std::string& /*name*/) { return true; },
      Balances routing = {{}, BalanceScope::global})
      : SmallRun(train, small_config(experts), trained, std::move(routing)) {}
  SmallRun(const TrainConfig& train, const ModelConfig& shape, const Parameters::Chosen& trained,
           Balances routing)
      : config(train),
        model(with_bias(shape, routing), at::kFloat, cpu_ops(), 2, trained),
        balances(std::move(routing)) {}
  SmallRun(const SmallRun&) = delete;  // members refer to each other
  SmallRun& operator=(const SmallRun&) = delete;

  static ModelConfig with_bias(ModelConfig shape, const Balances& routing) {
    shape.router.selection_bias = routing.moves_selection_bias();
    return shape;
  }

  TrainResult train(const fs::path& checkpoints, ProcessGroup& processes) {
    return Trainer({.title = "small",
                    .decoder = model.decoder,
                    .parameters = model.parameters,
                    .balances = balances,
                    .data = data,
                    .config = config,
                    .seed = 11,
                    .metrics = metrics,
                    .processes = processes})
        .run(checkpoints);
  }
  TrainResult train(const fs::path& checkpoints) {
    const auto alone = single_process();
    return train(checkpoints, *alone);
  }
  const at::Tensor& weights() const { return model.parameters.master(); }

  TrainConfig config;
  SmallModel model;
  Balances balances;
  MetricsLog metrics{"", "", ""};
  TokenFile tokens = small_tokens("train", 200);
  TokenFile dev = small_tokens("dev", 50);
  TrainingData data{{{"text", &tokens, 1}}, {{"text", &dev, 1}}};
};

/// Balances of these names with parameters in JSON.
inline Balances balances_of(const std::vector<std::pair<std::string, std::string>>& named,
                            BalanceScope scope = BalanceScope::global) {
  std::vector<ActiveBalance> active;
  for (const auto& [name, params] : named) {
    active.push_back({name, component<Balance>(name, params)});
  }
  return {std::move(active), scope};
}

/// A mixture with a balance over the whole step, and one that keeps a state.
inline SmallRun balanced_run() {
  TrainConfig config = small_training();
  config.micro_batch = 1;
  return SmallRun(
      config, 3, [](const std::string& /*name*/) { return true; },
      balances_of({{"btx", "{}"}, {"loss_free", "{}"}}));
}

}  // namespace btx_test
