// A process by itself, and two that are threads: the trainer's sums and shares.
#include "dist/process_group.hpp"

#include "kernels/support.hpp"
#include "train/small_run.hpp"

#include <ATen/ops/full.h>
#include <doctest/doctest.h>

#include <array>
#include <barrier>
#include <thread>

using namespace btx;
using namespace btx_test;

namespace {

constexpr int kThreads = 2;

/// What threads that stand for processes share.
struct Meeting {
  std::barrier<> all{kThreads};
  std::array<at::Tensor, kThreads> parts;
  std::array<bool, kThreads> flags{};
};

class ThreadAsProcess final : public ProcessGroup {
 public:
  ThreadAsProcess(Meeting& meeting, int rank) : meeting_(meeting), rank_(rank) {}
  int rank() const override { return rank_; }
  int size() const override { return kThreads; }
  void sum(const at::Tensor& inout) override {
    meeting_.parts.at(static_cast<std::size_t>(rank_)) = inout.clone();
    meeting_.all.arrive_and_wait();
    inout.copy_(meeting_.parts[0] + meeting_.parts[1]);
    meeting_.all.arrive_and_wait();
  }
  bool any(bool mine) override {
    meeting_.flags.at(static_cast<std::size_t>(rank_)) = mine;
    meeting_.all.arrive_and_wait();
    const bool some = meeting_.flags[0] || meeting_.flags[1];
    meeting_.all.arrive_and_wait();
    return some;
  }

 private:
  Meeting& meeting_;
  int rank_;
};

bool has_checkpoint(const fs::path& folder) {
  return fs::exists(folder) && !fs::is_empty(folder);
}

}  // namespace

TEST_CASE("a process by itself sums to what it has") {
  const auto alone = single_process();
  CHECK(alone->rank() == 0);
  CHECK(alone->size() == 1);
  const at::Tensor x = at::full({2}, 1.5);
  alone->sum(x);
  CHECK(x.equal(at::full({2}, 1.5)));
  CHECK(alone->any(true));
  CHECK_FALSE(alone->any(false));
}

TEST_CASE("two processes train the model that one trains; only the first one saves") {
  const fs::path folder = btx_test::scratch("processes");
  SmallRun alone = balanced_run();
  const double loss = alone.train(folder / "alone").last_loss;
  SmallRun first = balanced_run(), second = balanced_run();
  Meeting meeting;
  std::thread other([&] {
    ThreadAsProcess process(meeting, 1);
    second.train(folder / "second", process);
  });
  ThreadAsProcess process(meeting, 0);
  const double shared = first.train(folder / "first", process).last_loss;
  other.join();
  CHECK(first.weights().equal(second.weights()));
  CHECK(error(first.weights(), alone.weights()) < 1e-5);
  CHECK(shared == doctest::Approx(loss).epsilon(1e-6));
  CHECK(has_checkpoint(folder / "first"));
  CHECK_FALSE(has_checkpoint(folder / "second"));
}

TEST_CASE("more processes than a step has micro-batches are refused") {
  SmallRun run(small_training());
  Meeting meeting;
  ThreadAsProcess process(meeting, 0);
  const auto result = btx_test::caught([&] { run.train(btx_test::scratch("too-many"), process); });
  CHECK(result.code == ExitCode::usage);
  CHECK(
      btx_test::contains(result.message, "a step has 1 micro-batches, fewer than the 2 processes"));
}
