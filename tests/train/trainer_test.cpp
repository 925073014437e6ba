// The training loop: what must not change its result, and how it stops.
#include "kernels/support.hpp"
#include "train/learning_rate.hpp"
#include "train/small_run.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

/// A process that is told to stop after some steps.
class StopAfter final : public ProcessGroup {
 public:
  explicit StopAfter(int steps) : steps_(steps) {}
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void sum(const at::Tensor& /*inout*/) override {}
  bool any(bool /*mine*/) override { return --steps_ == 0; }

 private:
  int steps_;
};

/// How far the weights go in one step of a rate and epsilon that make the update proportional to
/// the gradient, and what its norm was.
struct OneStep {
  explicit OneStep(double clip) {
    TrainConfig config = small_training();
    config.tokens = config.batch_tokens;
    config.warmup_fraction = 0;
    config.schedule = Schedule::constant;
    config.weight_decay = 0;
    config.epsilon = 1e6;
    config.lr = 1e4;
    config.clip = clip;
    SmallRun run(config);
    const at::Tensor before = run.weights().clone();
    run.train(btx_test::scratch("one-step"));
    change = run.weights() - before;
    norm = change.norm().item<double>() * config.epsilon / config.lr;
  }
  at::Tensor change;
  double norm = 0;
};

/// Six steps on the sequences of a blend, in its order.
template <class Blend>
void train_by_hand(SmallRun& run, Blend& blend) {
  AdamW optimizer(run.model.parameters, run.config);
  for (std::int64_t step = 0; step < 6; ++step) {
    const at::Tensor rows = at::zeros({4, 8}, at::kLong);
    for (std::int64_t i = 0; i < 4; ++i) {
      blend.sequence(4 * step + i, {rows.data_ptr<std::int64_t>() + 8 * i, 8});
    }
    Batch batch;
    batch.tokens = rows.narrow(1, 0, 7).contiguous();
    batch.targets = rows.narrow(1, 1, 7).contiguous();
    ForwardPass pass;
    pass.training = true;
    (run.model.decoder.loss(batch, pass).sum() / 28.0).backward();
    optimizer.step(step + 1, learning_rate(run.config, step, 6), 1.0);
    run.model.parameters.zero_gradient();
  }
}

}  // namespace

TEST_CASE("training changes the weights and lowers the loss") {
  TrainConfig config = small_training();
  config.tokens = 200 * config.batch_tokens;
  config.warmup_fraction = 0;
  SmallRun run(config);
  const TrainResult result = run.train(btx_test::scratch("learns"));
  CHECK(result.steps == 200);
  CHECK(result.tokens == 200 * 28);
  config.tokens = config.batch_tokens;
  SmallRun once(config);
  const double first = once.train(btx_test::scratch("learns-once")).last_loss;
  CHECK(result.last_loss < 0.8 * first);
}

TEST_CASE("training is AdamW on the mean loss of the blend's sequences, step by step") {
  TrainConfig config = small_training();
  config.clip = 0;
  SmallRun looped(config), byhand(config);
  looped.train(btx_test::scratch("looped"));
  DataBlend blend(byhand.data.train, 7, random_key(11, "data"));
  train_by_hand(byhand, blend);
  CHECK(looped.weights().equal(byhand.weights()));
}

TEST_CASE("a training that replays other stages reads their sequences and none of its own") {
  TrainConfig config = small_training();
  config.clip = 0;
  SmallRun looped(config), byhand(config);
  const std::vector<ReplayedStream> streams = {{looped.data.train, 8, 5},
                                               {looped.data.train, 16, 6}};
  looped.data.replayed = streams;
  looped.train(btx_test::scratch("replayed"));
  ReplayedBlend blend(streams, 7);
  train_by_hand(byhand, blend);
  CHECK(looped.weights().equal(byhand.weights()));
}

TEST_CASE("a micro-batch of one sequence gives what one of four gives, but for rounding") {
  TrainConfig config = small_training();
  SmallRun whole(config);
  whole.train(btx_test::scratch("micro-4"));
  config.micro_batch = 1;
  SmallRun parts(config);
  parts.train(btx_test::scratch("micro-1"));
  CHECK(error(parts.weights(), whole.weights()) < 1e-5);
}

TEST_CASE("a training that was stopped goes on to the same bits, and its error says so") {
  const fs::path folder = btx_test::scratch("stopped");
  SmallRun run = balanced_run();
  StopAfter stop(2);
  const auto result = btx_test::caught([&] { run.train(folder, stop); });
  CHECK(result.code == ExitCode::interrupted);
  CHECK(result.message == "small: stopped after step 2 of 6; the same command goes on from there");
  SmallRun again = balanced_run(), straight = balanced_run();
  CHECK(again.train(folder).steps == 6);
  straight.train(btx_test::scratch("straight"));
  CHECK(again.weights().equal(straight.weights()));
}

TEST_CASE("a stop after the last step is no interruption") {
  SmallRun run(small_training());
  StopAfter stop(6);
  CHECK(run.train(btx_test::scratch("stopped-last"), stop).steps == 6);
}

// Step 3 blows the weights up and is saved before step 4 shows it.
TEST_CASE("a loss that is not a number names the last good checkpoint") {
  const fs::path folder = btx_test::scratch("not-finite");
  TrainConfig config = small_training();
  config.checkpoint_every = 1;
  config.keep_checkpoints = 9;
  StopAfter stop(2);
  SmallRun good(config);
  btx_test::caught([&] { good.train(folder, stop); });
  config.lr = 1e60;  // more than a float32 holds
  SmallRun bad(config);
  const std::string message = btx_test::error_of([&] { bad.train(folder); });
  CHECK(btx_test::contains(message, "small: the loss of step 4 is "));
  CHECK(btx_test::contains(message, "nan; the last good"));
  CHECK(btx_test::contains(message, "the last good checkpoint is " +
                                        (folder / "step-00000002").string() + ". Lower train.lr"));
}

TEST_CASE("a first loss that is not a number has no good checkpoint") {
  SmallRun run(small_training());
  run.model.parameters.master().fill_(std::numeric_limits<double>::quiet_NaN());
  run.model.parameters.refresh();
  const std::string message =
      btx_test::error_of([&] { run.train(btx_test::scratch("never-finite")); });
  CHECK(btx_test::contains(message, "the loss of step 1 is nan; there is no good checkpoint"));
}

TEST_CASE("a gradient longer than clip is cut to it, a shorter one left alone") {
  const OneStep free(0);
  REQUIRE(free.norm > 1e-3);
  CHECK(error(OneStep(free.norm / 2).change * 2, free.change) < 1e-3);
  CHECK(OneStep(free.norm * 2).change.equal(free.change));
}

TEST_CASE("frozen tensors keep their bits while the others are trained") {
  const auto frozen = [](const std::string& name) {
    return name.find(".down_proj.") != std::string::npos ||
           name.find(".q_proj.") != std::string::npos;
  };
  SmallRun run(small_training(), 0, [&](const std::string& name) { return !frozen(name); });
  const at::Tensor before = run.weights().clone();
  run.train(btx_test::scratch("frozen"));
  for (const auto& entry : run.model.parameters.entries()) {
    CAPTURE(entry.info.name);
    const auto part = [&](const at::Tensor& x) {
      return x.narrow(0, entry.offset, entry.info.elements());
    };
    CHECK(part(before).equal(part(run.weights())) == frozen(entry.info.name));
  }
}

TEST_CASE("a step that cannot be cut into micro-batches is refused before anything is trained") {
  TrainConfig config = small_training();
  config.micro_batch = 3;
  SmallRun run(config);
  const auto result = btx_test::caught([&] { run.train(btx_test::scratch("cut")); });
  CHECK(result.code == ExitCode::usage);
  CHECK(btx_test::contains(result.message, "train.micro_batch: 3 does not divide the 4 sequences"));
}
