#include "train/bench_step.hpp"

#include "model/load.hpp"
#include "model_spec/costs.hpp"
#include "model_spec/router_info.hpp"
#include "model_spec/seed_config.hpp"
#include "train/adamw.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/randint.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>

namespace btx {
namespace {

constexpr std::int64_t kWarmup = 3;  // steps that are not timed

ModelConfig model_config(const StepBench& bench) {
  ModelConfig model = seed_config(bench.model, bench.vocab_size);
  for (std::int64_t e = 0; e < bench.experts; ++e) {
    const std::string name = fmt::format("expert-{}", e);
    model.experts.push_back({name, "", name});
  }
  if (model.experts.empty()) return model;
  model.mixture.assign(static_cast<std::size_t>(model.num_layers), true);
  model.router = {bench.router, to_json(bench.router_params)};
  return model;
}

/// Forward, backward and update on one batch of random tokens; the loss.
double one_step(LoadedModel& model, AdamW& optimizer, const TrainConfig& train, std::int64_t step) {
  const std::int64_t context = model.config.context;
  const std::int64_t length = train.sequence_in(context);
  const std::int64_t sequences = std::max<std::int64_t>(1, train.sequences_of_step(context));
  const std::int64_t size = std::min(sequences, train.micro_batch);
  double loss = 0;
  for (std::int64_t done = 0; done < sequences; done += size) {
    const auto options = at::TensorOptions().dtype(at::kLong).device(model.decoder->device());
    Batch batch;
    batch.tokens = at::randint(model.config.vocab_size, {size, length}, options);
    batch.targets = at::randint(model.config.vocab_size, {size, length}, options);
    ForwardPass pass;
    pass.training = true;
    const at::Tensor mean =
        model.decoder->loss(batch, pass).sum() / static_cast<double>(sequences * length);
    mean.backward();
    loss += mean.item<double>();
    model.decoder->check_routing(pass);
  }
  optimizer.step(step, train.lr, 1.0);
  model.parameters->zero_gradient();
  return loss;
}

std::int64_t peak_rss() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

void rate(const ModelConfig& model, const TrainConfig& train, StepTimes& times) {
  std::vector<double> sorted = times.seconds;
  std::sort(sorted.begin(), sorted.end());
  const double median = sorted[sorted.size() / 2];
  const std::int64_t length = train.sequence_in(model.context);
  times.tokens_per_step =
      static_cast<double>(std::max<std::int64_t>(1, train.batch_tokens / length) * length);
  times.tokens_per_s = times.tokens_per_step / median;
  times.flops_per_s =
      times.tokens_per_s * training_flops_per_token(model, experts_per_token(model), length);
}

}  // namespace

StepTimes bench_step(const StepBench& bench) {
  LoadedModel model = new_model(model_config(bench), 0.02, 1, bench.engine, {true, {}});
  TrainConfig train = bench.train;
  train.group.clear();  // their globs are for the tensors of the recipe's models
  AdamW optimizer(*model.parameters, train);
  StepTimes times;
  times.engine = bench.engine;
  times.threads = bench.threads;
  for (std::int64_t step = 1; step <= kWarmup + bench.steps; ++step) {
    const auto start = std::chrono::steady_clock::now();
    times.last_loss = one_step(model, optimizer, train, step);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    if (step > kWarmup) times.seconds.push_back(spent.count());
  }
  times.parameters = count_parameters(model.config);
  times.peak_rss_bytes = peak_rss();
  rate(model.config, train, times);
  return times;
}

}  // namespace btx
