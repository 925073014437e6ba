// What does not fit a model, by its key and with what is wrong.
#include "recipe/training_fault.hpp"

#include "support.hpp"

#include <doctest/doctest.h>

using namespace btx;

namespace {

using Names = std::vector<std::string>;
const Names kTensors = {"embed.weight", "norm.weight"};

/// "KEY: WHAT", or nothing.
std::string text(const std::optional<TrainingFault>& fault) {
  return fault ? fault->key + ": " + fault->what : "";
}

TrainConfig steps(std::int64_t batch_tokens, std::int64_t micro_batch, std::int64_t length = 0) {
  TrainConfig config;
  config.batch_tokens = batch_tokens;
  config.micro_batch = micro_batch;
  config.sequence_length = length;
  return config;
}

}  // namespace

TEST_CASE("a step must be whole sequences and whole micro-batches") {
  CHECK(text(step_fault(steps(64, 4), 8)).empty());
  CHECK(text(step_fault(steps(64, 100), 8)).empty());
  CHECK(text(step_fault(steps(60, 4), 8)) ==
        "batch_tokens: 60 is not a multiple of the sequence length, 8, the model's context");
  CHECK(
      text(step_fault(steps(64, 3), 8)) ==
      "micro_batch: 3 does not divide the 8 sequences of a step (batch_tokens / sequence length)");
  CHECK(text(step_fault(steps(64, 4, 16), 8)) ==
        "sequence_length: needs 2 to 8 tokens, the model's context, or 0 for all of it; got 16");
}

TEST_CASE("the numbers of sequences of a step and of a pass") {
  CHECK(steps(64, 4).sequences_of_step(8) == 8);
  CHECK(steps(64, 4).sequences_of_pass(8) == 4);
  CHECK(steps(64, 100).sequences_of_pass(8) == 8);
  CHECK(steps(64, 4, 4).sequences_of_step(8) == 16);
  TrainConfig config = steps(64, 4);
  config.tokens = 65;
  CHECK(config.steps() == 2);
}

TEST_CASE("frozen globs must match something and leave something") {
  CHECK(text(frozen_fault({"norm*"}, kTensors, {"embed.weight"})).empty());
  CHECK(text(frozen_fault({"gate*"}, kTensors, kTensors)) ==
        "frozen: 'gate*' matches no tensor of the model; names look like 'embed.weight' and "
        "'norm.weight'");
  CHECK(text(frozen_fault({"*"}, kTensors, {})) == "frozen: it leaves nothing to be trained");
}

TEST_CASE("every glob of a group must match something, and every group get something") {
  const ParameterGroup norms{"norms", {"norm*"}, 1, -1};
  CHECK(text(group_fault({norms}, kTensors, kTensors)).empty());
  CHECK(btx_test::contains(
      text(group_fault({{"a", {"norm*", "no*thing"}, 1, -1}}, kTensors, kTensors)),
      "group: 'no*thing' matches no tensor"));
  CHECK(btx_test::contains(text(group_fault({norms}, kTensors, {"embed.weight"})),
                           "group: group 'norms' gets no tensor"));
}
