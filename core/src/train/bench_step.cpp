#include "train/bench_step.hpp"

#include "base/temporary_folder.hpp"
#include "data/token_file.hpp"
#include "model/load.hpp"
#include "model_spec/costs.hpp"
#include "model_spec/router_info.hpp"
#include "model_spec/seed_config.hpp"
#include "train/trainer.hpp"

#include <c10/core/CachingDeviceAllocator.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <optional>

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

std::int64_t peak_rss() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

/// Most bytes that tensors held of the device's memory; 0 on a CPU.
std::int64_t peak_of(const at::Device& device) {
  if (device.is_cpu()) return 0;
  const auto stats = c10::getDeviceAllocator(device.type())->getDeviceStats(0);
  constexpr auto kAll = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  return stats.allocated_bytes[kAll].peak;
}

/// What the steps read, and a place for what they log.
struct BenchData {
  BenchData(std::int64_t vocab_size, std::int64_t tokens) {
    write_random_tokens(vocab_size, tokens, 1, folder.path() / "random.tokens");
    file.emplace(folder.path() / "random.tokens");
    data.train = {{"random", &*file, 1}};
  }
  TemporaryFolder folder;
  std::optional<TokenFile> file;
  TrainingData data;
};

void rate(const ModelConfig& model, const TrainConfig& train, StepTimes& times) {
  std::vector<double> sorted = times.seconds;
  std::sort(sorted.begin(), sorted.end());
  const double median = sorted[sorted.size() / 2];
  times.tokens_per_step = static_cast<double>(train.batch_tokens);
  times.tokens_per_s = times.tokens_per_step / median;
  times.flops_per_s =
      times.tokens_per_s *
      training_flops_per_token(model, experts_per_token(model), train.sequence_in(model.context));
}

}  // namespace

StepTimes bench_step(const StepBench& bench) {
  Balances balances(bench.experts > 0 ? make_balances(bench.balance) : std::vector<ActiveBalance>(),
                    bench.balance_scope);
  LoadedModel model = new_model(model_config(bench), 0.02, 1, bench.engine,
                                {true, {}, balances.moves_selection_bias()});
  TrainConfig train = bench.train;
  train.group.clear();  // their globs are for the tensors of the recipe's models
  train.tokens = (kWarmup + bench.steps) * train.batch_tokens;
  const BenchData data(bench.vocab_size, train.tokens + 1);
  MetricsLog metrics(data.folder.path(), "bench", "bench");
  const auto alone = single_process();
  Trainer trainer({.title = "bench step",
                   .decoder = *model.decoder,
                   .parameters = *model.parameters,
                   .balances = balances,
                   .data = data.data,
                   .config = train,
                   .seed = 1,
                   .metrics = metrics,
                   .processes = *alone});
  StepTimes times;
  times.engine = bench.engine;
  times.threads = bench.threads;
  for (std::int64_t step = 1; step <= kWarmup + bench.steps; ++step) {
    const auto start = std::chrono::steady_clock::now();
    times.last_loss = trainer.step(data.folder.path()).loss;
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    if (step > kWarmup) times.seconds.push_back(spent.count());
  }
  times.parameters = count_parameters(model.config);
  times.peak_rss_bytes = peak_rss();
  times.peak_device_bytes = peak_of(model.decoder->device());
  rate(model.config, train, times);
  return times;
}

}  // namespace btx
