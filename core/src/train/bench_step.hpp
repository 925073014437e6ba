#pragma once
// `btx bench step`: training steps on random tokens, timed: all that a training stage does in a
// step, the log to a file included. Without LibTorch's headers.

#include "config/value.hpp"
#include "recipe/schema/engine.hpp"
#include "recipe/schema/model_shape.hpp"
#include "recipe/schema/router.hpp"
#include "recipe/schema/train.hpp"

#include <btx/params.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// What is timed: tables of a recipe, and the options of the verb.
struct StepBench {
  EngineConfig engine;  ///< decided
  std::int64_t threads = 1;
  ModelShape model;  ///< resolved
  TrainConfig train;
  std::int64_t vocab_size = 0;
  std::int64_t experts = 0;  ///< a mixture of so many; 0: a dense model
  std::string router;        ///< plugin, of a mixture
  Value router_params;
  Value balance;  ///< of a mixture: parameters by plugin
  BalanceScope balance_scope = BalanceScope::global;
  std::int64_t steps = 20;  ///< that are timed, after a few that are not
};

/// What was measured; the verb prints it as JSON.
struct StepTimes {
  EngineConfig engine;
  std::int64_t threads = 1;
  std::int64_t parameters = 0;
  double tokens_per_step = 0, tokens_per_s = 0;  ///< at the median step
  double flops_per_s = 0;                        ///< FLOPs computed from the model's shape
  std::int64_t peak_rss_bytes = 0;
  std::int64_t peak_device_bytes = 0;  ///< of a GPU's memory
  double last_loss = 0;
  std::vector<double> seconds;  ///< of each step

  void fields(Fields& f) {
    f("device", engine.device, "where it was computed");
    f("dtype", engine.dtype, "type of activations and products");
    f("kernels", engine.kernels, "which operations were used");
    f("threads", threads, "threads");
    f("parameters", parameters, "parameters of the model");
    f("tokens_per_step", tokens_per_step, "tokens of a step");
    f("tokens_per_s", tokens_per_s, "tokens per second at the median step");
    f("flops_per_s", flops_per_s, "floating-point operations per second at the median step");
    f("peak_rss_bytes", peak_rss_bytes, "largest resident size of the process");
    f("peak_device_bytes", peak_device_bytes,
      "most that tensors held of a GPU's memory; 0 on a CPU");
    f("last_loss", last_loss, "loss of the last step");
    f("seconds", seconds, "seconds of each step");
  }
};

/// Runs and times the steps in this process.   [main]
StepTimes bench_step(const StepBench& bench);

}  // namespace btx
