// `btx bench step`: training steps on random tokens, timed in this process.
#include <btx/random.hpp>
#include "model/layout.hpp"
#include "model/load.hpp"
#include "pipeline/graph.hpp"
#include "pipeline/merge_inputs.hpp"
#include "pipeline/stage_context.hpp"
#include "recipe/config.hpp"
#include "train/adamw.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/randint.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>

namespace btx {
namespace {

std::int64_t integer(const Value& config, const char* key) {
  return config.at(key).as<std::int64_t>();
}

ModelConfig model_config(const Value& config) {
  ModelConfig model = seed_config(read_config<ModelShape>(config.at("model"), "[model]"),
                                  integer(config, "vocab_size"));
  for (std::int64_t e = 0; e < integer(config, "experts"); ++e) {
    const std::string name = fmt::format("expert-{}", e);
    model.experts.push_back({name, "", name});
  }
  if (model.experts.empty()) return model;
  model.mixture.assign(static_cast<std::size_t>(model.num_layers), true);
  model.router = {config.at("router_type").as<std::string>(), to_json(config.at("router_params"))};
  return model;
}

/// Forward, backward and update on one batch of random tokens; the loss.
double one_step(LoadedModel& model, AdamW& optimizer, const TrainConfig& train, std::int64_t step) {
  const std::int64_t length = train.sequence_in(model.config.context);
  const std::int64_t sequences = std::max<std::int64_t>(1, train.batch_tokens / length);
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
  }
  optimizer.step(step, train.lr, 1.0);
  model.parameters->zero_gradient();
  return loss;
}

void run_bench(const StageContext& context) {
  const auto engine = read_config<EngineConfig>(context.config.at("engine"), "[engine]");
  const auto train = read_config<TrainConfig>(context.config.at("train"), "[train]");
  LoadedModel model = new_model(model_config(context.config), 0.02, 1, engine, {true, {}});
  AdamW optimizer(*model.parameters, train);
  constexpr std::int64_t kWarmup = 3;
  Array samples;
  std::vector<double> seconds;
  double loss = 0;
  for (std::int64_t step = 1; step <= kWarmup + integer(context.config, "steps"); ++step) {
    const auto start = std::chrono::steady_clock::now();
    loss = one_step(model, optimizer, train, step);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    if (step <= kWarmup) continue;
    seconds.push_back(spent.count());
    samples.emplace_back(spent.count());
  }
  std::sort(seconds.begin(), seconds.end());
  const double median = seconds[seconds.size() / 2];
  const double experts = experts_per_token(model.config);
  const std::int64_t length = train.sequence_in(model.config.context);
  const auto tokens =
      static_cast<double>(std::max<std::int64_t>(1, train.batch_tokens / length) * length);
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  Value result;
  result.set("device", Value(engine.device));
  result.set("dtype", Value(engine.dtype));
  result.set("kernels", Value(engine.kernels));
  result.set("threads", Value(engine.threads));
  result.set("parameters", Value(count_parameters(model.config)));
  result.set("tokens_per_step", Value(tokens));
  result.set("tokens_per_s", Value(tokens / median));
  result.set("flops_per_s",
             Value(tokens / median * training_flops_per_token(model.config, experts, length)));
  result.set("peak_rss_bytes", Value(static_cast<std::int64_t>(usage.ru_maxrss) * 1024));
  result.set("last_loss", Value(loss));
  result.set("seconds", Value(std::move(samples)));
  fmt::print("{}\n", to_json(result));
}

const bool kRegistered = [] {
  stage_functions()["bench"] = run_bench;
  return true;
}();

}  // namespace
}  // namespace btx
