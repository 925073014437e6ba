#pragma once
// A training of the small model of tests/model on tokens that are written here.

#include "data/token_file.hpp"
#include "model/small_model.hpp"
#include "plugins/load.hpp"
#include "support.hpp"
#include "train/trainer.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <vector>

namespace btx_test {

using namespace btx;

/// Tokens below 11, the small model's vocabulary.
inline TokenFile small_tokens(const std::string& name, std::int64_t size) {
  std::string data;
  const std::uint64_t key = random_key(3, name);
  for (std::int64_t i = 0; i < size; ++i) {
    data.push_back(static_cast<char>(random_uniform(key, static_cast<std::uint64_t>(i)) * 11));
    data.push_back(0);
  }
  std::string line = fmt::format(
      R"({{"version":1,"dtype":"u16","tokens":{},"documents":1,"text_bytes":1,"vocab_size":11}})",
      size);
  line.resize(255, ' ');
  const fs::path path = btx_test::scratch("train-" + name) / "tokens";
  write_file(path, data + line + "\n");
  return TokenFile(path);
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
      const Parameters::Trained& trained = [](const std::string& /*name*/) { return true; },
      Balances routing = {{}, BalanceScope::global})
      : config(train),
        model(shape(experts, routing), at::kFloat, cpu_ops(), 2, trained),
        balances(std::move(routing)) {}
  SmallRun(const SmallRun&) = delete;  // members refer to each other
  SmallRun& operator=(const SmallRun&) = delete;

  static ModelConfig shape(std::int64_t experts, const Balances& routing) {
    ModelConfig config = small_config(experts);
    config.router.selection_bias = routing.moves_selection_bias();
    return config;
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

/// A mixture with a balance over the whole step, and one that keeps a state.
inline SmallRun balanced_run() {
  load_plugins_under_test();
  std::vector<ActiveBalance> active;
  for (const std::string name : {"btx", "loss_free"}) {
    active.push_back({name, make_component<Balance>(name)});
  }
  TrainConfig config = small_training();
  config.micro_batch = 1;
  return SmallRun(
      config, 3, [](const std::string& /*name*/) { return true; },
      Balances(std::move(active), BalanceScope::global));
}

}  // namespace btx_test
