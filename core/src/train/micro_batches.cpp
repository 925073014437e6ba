#include "train/micro_batches.hpp"

#include "recipe/training_fault.hpp"

#include <btx/error.hpp>
#include <btx/random.hpp>

#include <ATen/ops/empty.h>
#include <fmt/format.h>

namespace btx {
namespace {

/// Sequences of one micro-batch, if a step can be cut into such and into the processes' shares.
std::int64_t size_of_batch(const TrainingRun& run) {
  const std::int64_t context = run.decoder.config().context;
  throw_if(step_fault(run.config, context));
  const std::int64_t size = run.config.sequences_of_pass(context);
  const std::int64_t count = run.config.sequences_of_step(context) / size;
  if (count >= run.processes.size()) return size;
  throw Error(ExitCode::usage,
              fmt::format("{}: a step has {} micro-batches, fewer than the {} processes; make "
                          "train.micro_batch smaller or train.batch_tokens larger",
                          run.title, count, run.processes.size()));
}

/// What is read; a stage that replays no other one has a stream of its own.
std::vector<ReplayedStream> streams_of(const TrainingRun& run) {
  if (!run.data.replayed.empty()) return run.data.replayed;
  return {{run.data.train, 1, data_seed(run.seed)}};
}

}  // namespace

std::uint64_t data_seed(std::uint64_t stage_seed) {
  return random_key(stage_seed, "data");
}

MicroBatches::MicroBatches(const TrainingRun& run)
    : length_(run.config.sequence_in(run.decoder.config().context)),
      size_(size_of_batch(run)),
      count_(run.config.sequences_of_step(run.decoder.config().context) / size_),
      device_(run.decoder.device()),
      blend_(streams_of(run), length_) {}

std::vector<Batch> MicroBatches::share(std::int64_t step, int rank, int processes) {
  std::vector<Batch> batches;
  for (std::int64_t i = rank; i < count_; i += processes) {
    batches.push_back(batch(step * count_ + i));
  }
  return batches;
}

/// Micro-batch `number` of the stage.
Batch MicroBatches::batch(std::int64_t number) {
  const std::int64_t first = number * size_;
  const at::Tensor rows = at::empty({size_, length_ + 1}, at::kLong);
  const at::Tensor domain = at::empty({size_}, at::kLong);
  for (std::int64_t i = 0; i < size_; ++i) {
    auto* row = rows.data_ptr<std::int64_t>() + i * (length_ + 1);
    domain.data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(
        blend_.sequence(first + i, {row, static_cast<std::size_t>(length_ + 1)}));
  }
  Batch batch;
  // One copy, for which the host does not wait.
  const at::Tensor there = rows.to(device_, /*non_blocking=*/true);
  batch.tokens = there.narrow(1, 0, length_).contiguous();
  batch.targets = there.narrow(1, 1, length_).contiguous();
  batch.domain = domain.to(device_, /*non_blocking=*/true);
  batch.first_token = first * length_;
  return batch;
}

}  // namespace btx
