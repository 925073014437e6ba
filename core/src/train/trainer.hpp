#pragma once
// The training loop of one stage.

#include "train/adamw.hpp"
#include "train/micro_batches.hpp"
#include "train/step_gradient.hpp"
#include "train/training_run.hpp"
#include "train/training_state.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// What a training came to, over all attempts.
struct TrainResult {
  std::int64_t steps = 0;
  std::int64_t tokens = 0;
  double seconds = 0;    ///< of the steps, over all attempts
  double last_loss = 0;  ///< lm_loss of the last step
  /// Experts that a token ran through, counted over the whole stage, as a mean over routing sites;
  /// 1 for a dense model.
  double experts_per_token = 1;
  bool first_pass = false;  ///< steps had a forward pass more, for their balances
};

/// Trains a model, on the thread that calls run(). Of several processes each has its own trainer of
/// the same run; it computes the gradients of its share of the micro-batches, and then does with
/// their sum what all the others do. Only the first one saves and logs.
class BTX_EXPORT Trainer {
 public:
  /// Throws btx::Error (usage) for a configuration that does not fit the model, the data or the
  /// number of processes: see AdamW and MicroBatches.
  explicit Trainer(const TrainingRun& run);
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Trains to the end, from the newest checkpoint in `checkpoints` if there is one. The same run
  /// gives the same parameters, bit for bit, whether or not it was stopped between, on one machine
  /// with one number of threads. Throws btx::Error: usage for a checkpoint of another engine;
  /// interrupted (after saving); a loss or gradient that is not finite (naming the last
  /// good checkpoint); a router that breaks its contract (plugin).
  TrainResult run(const fs::path& checkpoints);

  /// One optimizer step, the first or the one after the last, without dev losses and checkpoints;
  /// for benchmarks. `checkpoints` is for messages. Throws as run().
  StepResult step(const fs::path& checkpoints);

 private:
  void resume(const fs::path& checkpoints);
  double checked_norm(const StepResult& result, const fs::path& checkpoints);
  double update(const StepResult& result, double norm);
  void routing_after_step(const std::vector<BalanceStatistics>& routing);
  TrainResult result() const;
  void log(const std::string& split, const MetricList& metrics);
  void log_dev(const fs::path& checkpoints);
  void save(const fs::path& checkpoints);
  bool is_first_process() const { return run_.processes.rank() == 0; }
  [[noreturn]] void stop_for_engine(const std::string& before, const fs::path& checkpoints) const;
  [[noreturn]] void stop_for_number(const std::string& what, std::int64_t step, double value,
                                    const fs::path& checkpoints) const;

  TrainingRun run_;
  AdamW optimizer_;
  MicroBatches batches_;
  StepGradient gradient_;
  std::int64_t total_steps_;
  std::vector<bool> frozen_;  ///< a routing site each: whether its gate is
  TrainingState state_;
};

}  // namespace btx
