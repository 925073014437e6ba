#pragma once
// The training loop of one stage.

#include "data/mixture.hpp"
#include "model/decoder.hpp"
#include "report/metrics.hpp"
#include "train/adamw.hpp"
#include "train/balances.hpp"
#include "train/checkpoint.hpp"
#include "train/config.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// What a stage trains on, domain by domain.
struct TrainingData {
  std::vector<MixtureDomain> train;
  std::vector<MixtureDomain> dev;  ///< every domain of the recipe, for dev losses
};

struct TrainResult {
  std::int64_t steps = 0;
  std::int64_t tokens = 0;
  double seconds = 0;    ///< over all attempts
  double last_loss = 0;  ///< lm_loss of the last step
};

class BTX_EXPORT Trainer {
 public:
  /// Everything handed in must outlive the trainer. `title` is for progress and messages.
  Trainer(std::string title, Decoder& decoder, Parameters& parameters, Balances& balances,
          const TrainingData& data, const TrainConfig& config, std::uint64_t seed,
          MetricsLog& metrics);

  /// Trains to the end, from the newest checkpoint in `checkpoints` if there is one. The same
  /// arguments give the same parameters, bit for bit, whether or not a run was stopped between.
  /// Throws btx::Error: interrupted (after saving), a loss that is not finite (naming the last good
  /// checkpoint), a configuration that does not fit (usage).
  TrainResult run(const fs::path& checkpoints);

 private:
  struct StepResult {
    double loss = 0;
    std::vector<BalanceStatistics> routing;
  };
  Batch micro_batch(std::int64_t step, std::int64_t index);
  StepResult forward_backward();
  std::vector<BalanceStatistics> gather_statistics(const std::vector<Batch>& batches);
  ForwardPass new_pass() const;
  void update(const StepResult& result, double norm, std::chrono::steady_clock::time_point began);
  void router_after_step(const std::vector<BalanceStatistics>& routing);
  void log_dev(const fs::path& checkpoints);
  void save(const fs::path& checkpoints);
  [[noreturn]] void stop_for_loss(const std::string& what, std::int64_t step, double value,
                                  const fs::path& checkpoints);

  std::string title_;
  Decoder& decoder_;
  Parameters& parameters_;
  Balances& balances_;
  const TrainingData& data_;
  const TrainConfig& config_;
  std::uint64_t seed_;
  MetricsLog& metrics_;
  AdamW optimizer_;
  std::int64_t length_;  ///< of a sequence
  DataMixture mixture_;
  std::int64_t sequences_per_step_;
  std::int64_t total_steps_;
  TrainingState state_;
};

/// Mean loss in nats a token over the first `limit` tokens of a dev split, in sequences of
/// `sequence_length`, without gradients.
BTX_EXPORT double mean_loss(const Decoder& decoder, const TokenFile& tokens,
                            std::int64_t sequence_length, std::int64_t limit,
                            std::int64_t batch_size);

}  // namespace btx
