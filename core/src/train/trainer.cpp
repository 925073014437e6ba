#include "train/trainer.hpp"

#include "base/interrupt.hpp"
#include <btx/random.hpp>
#include "base/text.hpp"
#include "report/progress.hpp"
#include "train/routing_metrics.hpp"

#include <btx/error.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>

namespace btx {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::int64_t sequences_per_step(const TrainConfig& config, std::int64_t length) {
  if (config.batch_tokens % length != 0) {
    throw Error(
        ExitCode::usage,
        fmt::format("train.batch_tokens is {}; it must be a multiple of the sequence length, {}",
                    config.batch_tokens, length));
  }
  const std::int64_t sequences = config.batch_tokens / length;
  if (sequences % std::min(sequences, config.micro_batch) != 0) {
    throw Error(ExitCode::usage,
                fmt::format("train.micro_batch is {}; it must divide the {} sequences of a step "
                            "(train.batch_tokens / sequence length)",
                            config.micro_batch, sequences));
  }
  return sequences;
}

}  // namespace

Trainer::Trainer(std::string title, Decoder& decoder, Parameters& parameters, Balances& balances,
                 const TrainingData& data, const TrainConfig& config, std::uint64_t seed,
                 MetricsLog& metrics)
    : title_(std::move(title)),
      decoder_(decoder),
      parameters_(parameters),
      balances_(balances),
      data_(data),
      config_(config),
      seed_(seed),
      metrics_(metrics),
      optimizer_(parameters, config),
      length_(config.sequence_in(decoder.config().context)),
      mixture_(data.train, length_, random_key(seed, "data")),
      sequences_per_step_(sequences_per_step(config, length_)),
      total_steps_((config.tokens + config.batch_tokens - 1) / config.batch_tokens) {}

Batch Trainer::micro_batch(std::int64_t step, std::int64_t index) {
  const std::int64_t length = length_;
  const std::int64_t size = std::min(sequences_per_step_, config_.micro_batch);
  const std::int64_t first = step * sequences_per_step_ + index * size;
  const at::Tensor rows = at::empty({size, length + 1}, at::kLong);
  const at::Tensor domain = at::empty({size}, at::kLong);
  for (std::int64_t i = 0; i < size; ++i) {
    auto* row = rows.data_ptr<std::int64_t>() + i * (length + 1);
    domain.data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(
        mixture_.sequence(first + i, {row, static_cast<std::size_t>(length + 1)}));
  }
  const auto device = parameters_.master().device();
  Batch batch;
  batch.tokens = rows.narrow(1, 0, length).contiguous().to(device);
  batch.targets = rows.narrow(1, 1, length).contiguous().to(device);
  batch.domain = domain.to(device);
  batch.first_token = first * length;
  return batch;
}

ForwardPass Trainer::new_pass() const {
  ForwardPass pass;
  pass.training = true;
  pass.step = state_.step;
  pass.total_steps = total_steps_;
  pass.step_tokens = static_cast<double>(config_.batch_tokens);
  pass.random_seed = seed_;
  pass.selection_bias = balances_.selection_bias(parameters_.master().device());
  return pass;
}

std::vector<BalanceStatistics> Trainer::gather_statistics(const std::vector<Batch>& batches) {
  const at::NoGradGuard no_gradient;
  std::vector<RoutingMeans> means;
  for (const auto& batch : batches) {
    ForwardPass pass = new_pass();
    decoder_.hidden(batch, pass);
    add_sums(means, routing_sums(pass, batch));
  }
  return statistics_of(means);
}

Trainer::StepResult Trainer::forward_backward() {
  const std::int64_t count =
      sequences_per_step_ / std::min(sequences_per_step_, config_.micro_batch);
  std::vector<Batch> batches;
  for (std::int64_t i = 0; i < count; ++i) batches.push_back(micro_batch(state_.step, i));
  const auto tokens = static_cast<double>(config_.batch_tokens);

  StepResult result;
  const bool two_passes = count > 1 && balances_.needs_first_pass();
  if (two_passes) result.routing = gather_statistics(batches);
  std::vector<RoutingMeans> means;
  for (const auto& batch : batches) {
    ForwardPass pass = new_pass();
    const at::Tensor lm_loss = decoder_.loss(batch, pass).sum() / tokens;
    const auto sums = routing_sums(pass, batch);
    add_sums(means, sums);
    if (!two_passes) result.routing = statistics_of(means);
    at::Tensor total = lm_loss;
    const at::Tensor balance = balances_.surrogate(sums, result.routing, tokens);
    if (balance.defined()) total = total + balance;
    for (const auto& site : pass.sites) {
      for (const auto& extra : site.routing.losses) total = total + extra.sum / tokens;
    }
    total.backward();
    result.loss += lm_loss.item<double>();
  }
  result.routing = statistics_of(means);
  return result;
}

void Trainer::router_after_step(const std::vector<BalanceStatistics>& routing) {
  std::vector<std::vector<double>> counts;
  for (const auto& site : routing) {
    auto& mine = counts.emplace_back(site.load);
    for (auto& count : mine) count *= site.tokens;
  }
  decoder_.after_step(counts, new_pass());
}

void Trainer::update(const StepResult& result, double norm,
                     std::chrono::steady_clock::time_point began) {
  const double scale = config_.clip > 0 && norm > config_.clip ? config_.clip / norm : 1.0;
  const double rate = learning_rate(config_, state_.step, total_steps_);
  optimizer_.step(state_.step + 1, rate, scale);
  parameters_.zero_gradient();
  balances_.after_step(result.routing);
  router_after_step(result.routing);
  ++state_.step;
  state_.last_loss = result.loss;
  state_.balances = balances_.state();
  MetricList metrics = step_metrics(result.loss, norm, rate, routing_sites(decoder_.config()),
                                    result.routing, balances_.values(result.routing));
  metrics.emplace_back("perf/tokens_per_s", static_cast<double>(config_.batch_tokens) /
                                                std::max(1e-9, seconds_since(began)));
  metrics_.write(state_.step, state_.step * config_.batch_tokens, "train", metrics);
}

void Trainer::log_dev(const fs::path& checkpoints) {
  MetricList metrics;
  const std::int64_t size = std::min(sequences_per_step_, config_.micro_batch);
  for (const auto& domain : data_.dev) {
    const double loss = mean_loss(decoder_, *domain.tokens, length_, config_.dev_tokens, size);
    // The last update comes after the last training loss: this is where it shows.
    if (domain.tokens->size() > 1 && !std::isfinite(loss)) {
      stop_for_loss("dev loss in " + domain.name, state_.step, loss, checkpoints);
    }
    metrics.emplace_back("dev/" + domain.name + "/lm_loss", loss);
  }
  metrics_.write(state_.step, state_.step * config_.batch_tokens, "dev", metrics);
}

void Trainer::save(const fs::path& checkpoints) {
  save_checkpoint(checkpoints, state_, parameters_, optimizer_, config_.keep_checkpoints);
}

void Trainer::stop_for_loss(const std::string& what, std::int64_t step, double value,
                            const fs::path& checkpoints) {
  // state_.step updates gave the weights that fail: those after fewer gave a finite loss.
  const auto good = newest_checkpoint_before(checkpoints, state_.step);
  throw Error(fmt::format(
      "{}: the {} of step {} is {}; {}. Lower train.lr (now {}) or {}", title_, what, step, value,
      good ? fmt::format("the last good checkpoint is {}", good->string())
           : "there is no good checkpoint before it",
      config_.lr,
      config_.clip > 0 ? fmt::format("train.clip (now {})", config_.clip) : "set train.clip"));
}

TrainResult Trainer::run(const fs::path& checkpoints) {
  if (auto saved = load_checkpoint(checkpoints, parameters_, optimizer_)) {
    state_ = std::move(*saved);
    balances_.state() = state_.balances;
  }
  metrics_.begin(state_.step);
  const std::int64_t first = state_.step;
  const double before = state_.seconds;
  const auto start = Clock::now();
  Progress progress(title_, total_steps_);
  parameters_.zero_gradient();
  while (state_.step < total_steps_) {
    const auto began = Clock::now();
    const StepResult result = forward_backward();
    if (!std::isfinite(result.loss))
      stop_for_loss("loss", state_.step + 1, result.loss, checkpoints);
    parameters_.drop_frozen_gradients();
    const double norm = gradient_norm(parameters_);
    if (!std::isfinite(norm)) stop_for_loss("gradient's norm", state_.step + 1, norm, checkpoints);
    update(result, norm, began);
    state_.seconds = before + seconds_since(start);
    const double rate = static_cast<double>((state_.step - first) * config_.batch_tokens) /
                        std::max(1e-9, state_.seconds - before);
    const bool last = state_.step == total_steps_;
    progress.update(state_.step,
                    fmt::format("loss {:.3f}, {} tok/s", result.loss, format_count(rate)), last);
    if (last || (config_.dev_every > 0 && state_.step % config_.dev_every == 0))
      log_dev(checkpoints);
    const bool stop = interrupted();
    const bool due = config_.checkpoint_every > 0 && state_.step % config_.checkpoint_every == 0;
    if (last || stop || due) save(checkpoints);
    if (stop && !last) {
      throw Error(
          ExitCode::interrupted,
          fmt::format("{}: stopped after step {} of {}; the same command goes on from there",
                      title_, state_.step, total_steps_));
    }
  }
  return {state_.step, state_.step * config_.batch_tokens, state_.seconds, state_.last_loss};
}

double mean_loss(const Decoder& decoder, const TokenFile& tokens, std::int64_t sequence_length,
                 std::int64_t limit, std::int64_t batch_size) {
  const at::NoGradGuard no_gradient;
  const std::int64_t length = std::min(sequence_length, tokens.size() - 1);
  if (length < 1) return std::nan("");
  const std::int64_t windows =
      std::max<std::int64_t>(1, std::min(limit, tokens.size() - 1) / length);
  double total = 0;
  for (std::int64_t first = 0; first < windows; first += batch_size) {
    const std::int64_t size = std::min(batch_size, windows - first);
    const at::Tensor rows = at::empty({size, length + 1}, at::kLong);
    for (std::int64_t i = 0; i < size; ++i) {
      tokens.copy((first + i) * length, {rows.data_ptr<std::int64_t>() + i * (length + 1),
                                         static_cast<std::size_t>(length + 1)});
    }
    Batch batch;
    batch.tokens = rows.narrow(1, 0, length).contiguous().to(decoder.device());
    batch.targets = rows.narrow(1, 1, length).contiguous().to(decoder.device());
    ForwardPass pass;
    total += decoder.loss(batch, pass).sum().item<double>();
  }
  return total / static_cast<double>(windows * length);
}

}  // namespace btx
