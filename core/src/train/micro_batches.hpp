#pragma once
// How the sequences of a training stage are cut into steps, micro-batches and the processes'
// shares.

#include "data/blend.hpp"
#include "model/batch.hpp"
#include "train/training_run.hpp"

#include <cstdint>
#include <vector>

namespace btx {

/// The seed of a stage's blend; `stage_seed` is TrainingRun::seed.
BTX_EXPORT std::uint64_t data_seed(std::uint64_t stage_seed);

/// The micro-batches of a stage: a pure function of the run, so that any step can be asked for.
/// Quick when steps go up one by one. Used by one thread at a time.
class MicroBatches {
 public:
  /// Throws btx::Error (usage) where a step is no whole number of sequences and micro-batches, has
  /// fewer micro-batches than there are processes, and as DataBlend.
  explicit MicroBatches(const TrainingRun& run);

  /// Tokens of a sequence.
  std::int64_t length() const { return length_; }
  /// Sequences of one micro-batch.
  std::int64_t size() const { return size_; }
  /// Micro-batches of one step, those of other processes included.
  std::int64_t of_step() const { return count_; }

  /// Those of step `step`, from 0, that process `rank` of `processes` takes: rank, rank +
  /// processes, rank + 2 processes, ... Tensors are on the model's device.
  std::vector<Batch> share(std::int64_t step, int rank, int processes);

 private:
  Batch batch(std::int64_t number);

  std::int64_t length_, size_, count_;
  at::Device device_;
  ReplayedBlend blend_;
};

}  // namespace btx
