#pragma once
// The gradient of one optimizer step: forward and backward passes over its micro-batches, summed
// over the processes.

#include "train/routing_sums.hpp"
#include "train/training_run.hpp"

#include <cstdint>
#include <vector>

namespace btx {

/// What the passes of a step come to, the same in every process.
struct StepResult {
  double loss = 0;                         ///< mean cross entropy, without auxiliary terms
  std::vector<BalanceStatistics> routing;  ///< a routing site each
  std::vector<double> balances;            ///< raw values, as Balances::surrogate() adds them up
};

/// Computes gradients for a run, which must outlive it. Used by one thread at a time.
class StepGradient {
 public:
  explicit StepGradient(const TrainingRun& run) : run_(run) {}

  /// Adds the gradients of step `step`, from 0, to the parameters' buffer, which the caller has set
  /// to zero. `batches` are this process's share of it; `all_batches` is how many it has in all
  /// processes. Throws btx::Error as Decoder::check_routing().
  StepResult compute(std::int64_t step, const std::vector<Batch>& batches,
                     std::int64_t all_batches) const;

  /// A pass of that step.
  ForwardPass new_pass(std::int64_t step) const;

 private:
  /// What passes add up on the device.
  struct DeviceSums {
    at::Tensor loss;     ///< scalar float64
    at::Tensor missing;  ///< scalar bool: some router named an expert that is not there
    RoutingSums routing;
  };

  static void note_missing(const ForwardPass& pass, at::Tensor& missing);
  StepResult fetch(const DeviceSums& sums) const;
  std::vector<BalanceStatistics> gather(std::int64_t step, const std::vector<Batch>& batches) const;
  void backward(std::int64_t step, const Batch& batch, const std::vector<BalanceStatistics>& known,
                DeviceSums& sums, std::vector<double>& balances) const;

  const TrainingRun& run_;
};

}  // namespace btx
