#pragma once
// train.json: what a training stage did and cost.

#include <btx/params.hpp>

#include <cstdint>
#include <string>

namespace btx {

inline constexpr const char* kTrainSummary = "train.json";

/// Reports take costs from it, and plans the time that a stage took.
struct TrainSummary {
  std::string stage;
  std::int64_t parameters = 0;
  double active_parameters = 0;
  double experts_per_token = 1;
  std::int64_t steps = 0, tokens = 0;
  double flops = 0, seconds = 0, last_loss = 0;

  void fields(Fields& f) {
    f("stage", stage, "name of the stage");
    f("parameters", parameters, "parameters in all");
    f("active_parameters", active_parameters, "parameters that one token used, on average");
    f("experts_per_token", experts_per_token,
      "experts that a token ran through, counted over the stage; 1 for a dense model");
    f("steps", steps, "optimizer steps");
    f("tokens", tokens, "tokens trained on", {.required = true});
    f("flops", flops, "floating-point operations, computed from the model's shape",
      {.required = true});
    f("seconds", seconds,
      "wall-clock time of the steps, dev losses and checkpoints apart, over all attempts",
      {.required = true});
    f("last_loss", last_loss, "language-model loss of the last step, nats per token");
  }
};

}  // namespace btx
