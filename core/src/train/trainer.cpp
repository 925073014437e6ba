#include "train/trainer.hpp"

#include "base/interrupt.hpp"
#include "base/progress.hpp"
#include "base/text.hpp"
#include "train/learning_rate.hpp"
#include "train/mean_loss.hpp"
#include "train/routing_metrics.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>

namespace btx {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Whether the gate of each routing site is frozen.
std::vector<bool> frozen_sites(const TrainingRun& run) {
  std::set<std::string> trained;
  for (const auto& entry : run.parameters.entries()) {
    if (entry.trained) trained.insert(entry.info.name);
  }
  std::vector<bool> frozen;
  for (const auto& site : routing_sites(run.decoder.config())) {
    frozen.push_back(trained.count(site.gate) == 0);
  }
  return frozen;
}

}  // namespace

Trainer::Trainer(const TrainingRun& run)
    : run_(run),
      optimizer_(run.parameters, run.config),
      batches_(run),
      gradient_(run_),
      total_steps_(run.config.steps()),
      frozen_(frozen_sites(run)) {
  if (run.balances.moves_selection_bias() && run.decoder.selection_biases().empty()) {
    throw Error(run.title +
                ": a balance moves a selection bias, which the model has not; this is "
                "a bug");
  }
}

/// Moves selection biases and router state by what the step did. Where a gate is frozen, what
/// decides with it stays put, too.
void Trainer::routing_after_step(const std::vector<BalanceStatistics>& routing) {
  run_.balances.after_step(routing, frozen_, run_.decoder.selection_biases());
  std::vector<std::vector<double>> counts;
  state_.slots.resize(routing.size());
  for (std::size_t site = 0; site < routing.size(); ++site) {
    std::vector<double> mine = routing[site].load;
    for (auto& count : mine) count *= routing[site].tokens;
    state_.slots[site] += std::round(std::accumulate(mine.begin(), mine.end(), 0.0));
    counts.push_back(frozen_[site] ? std::vector<double>() : std::move(mine));
  }
  run_.decoder.after_step(counts, gradient_.new_pass(state_.step));
}

/// The norm of the step's gradient, if that and the loss are numbers.
double Trainer::checked_norm(const StepResult& result, const fs::path& checkpoints) {
  if (!std::isfinite(result.loss)) {
    stop_for_number("loss", state_.step + 1, result.loss, checkpoints);
  }
  run_.parameters.drop_frozen_gradients();
  const double norm = gradient_norm(run_.parameters);
  if (!std::isfinite(norm)) {
    stop_for_number("gradient's norm", state_.step + 1, norm, checkpoints);
  }
  return norm;
}

/// Changes parameters, balances and router state; returns the learning rate.
double Trainer::update(const StepResult& result, double norm) {
  const double clip = run_.config.clip;
  const double scale = clip > 0 && norm > clip ? clip / norm : 1.0;
  const double rate = learning_rate(run_.config, state_.step, total_steps_);
  optimizer_.step(state_.step + 1, rate, scale);
  run_.parameters.zero_gradient();
  routing_after_step(result.routing);
  ++state_.step;
  state_.last_loss = result.loss;
  return rate;
}

/// One optimizer step. An error leaves the parameters as they were.
StepResult Trainer::step(const fs::path& checkpoints) {
  const auto began = Clock::now();
  const auto mine = batches_.share(state_.step, run_.processes.rank(), run_.processes.size());
  StepResult result = gradient_.compute(state_.step, mine, batches_.of_step());
  const double norm = checked_norm(result, checkpoints);
  const double rate = update(result, norm);
  MetricList metrics =
      step_metrics(result.loss, norm, rate, routing_sites(run_.decoder.config()), result.routing,
                   run_.balances.values(result.routing, result.balances));
  metrics.emplace_back("perf/tokens_per_s", static_cast<double>(run_.config.batch_tokens) /
                                                std::max(1e-9, seconds_since(began)));
  log("train", metrics);
  return result;
}

void Trainer::log(const std::string& split, const MetricList& metrics) {
  if (!is_first_process()) return;
  run_.metrics.write(state_.step, state_.step * run_.config.batch_tokens, split, metrics);
}

/// Every process computes the same dev losses, so that all of them stop where one is not finite.
void Trainer::log_dev(const fs::path& checkpoints) {
  MetricList metrics;
  for (const auto& domain : run_.data.dev) {
    const double loss = mean_loss(run_.decoder, *domain.tokens, batches_.length(),
                                  run_.config.dev_tokens, batches_.size());
    // The last update comes after the last training loss: this is where it shows.
    if (domain.tokens->size() > 1 && !std::isfinite(loss)) {
      stop_for_number("dev loss in " + domain.name, state_.step, loss, checkpoints);
    }
    metrics.emplace_back("dev/" + domain.name + "/lm_loss", loss);
  }
  log("dev", metrics);
}

void Trainer::stop_for_number(const std::string& what, std::int64_t step, double value,
                              const fs::path& checkpoints) const {
  // The weights after state_.step updates are bad, so only an earlier checkpoint is good.
  const auto good = newest_checkpoint_before(checkpoints, state_.step);
  const TrainConfig& config = run_.config;
  throw Error(fmt::format(
      "{}: the {} of step {} is {}; {}. Lower train.lr (now {}) or {}", run_.title, what, step,
      value,
      good ? fmt::format("the last good checkpoint is {}", good->string())
           : "there is no good checkpoint before it",
      config.lr,
      config.clip > 0 ? fmt::format("train.clip (now {})", config.clip) : "set train.clip"));
}

/// On another engine it would not go on to the same bits, and be of two.
void Trainer::stop_for_engine(const std::string& before, const fs::path& checkpoints) const {
  throw Error(ExitCode::usage,
              fmt::format("{}: was begun on {}, and would go on on {}: go on there, with "
                          "engine.device and engine.dtype as they were, or remove {} to start the "
                          "stage over",
                          run_.title, before, run_.computed, checkpoints.string()));
}

void Trainer::resume(const fs::path& checkpoints) {
  if (auto saved = load_checkpoint(checkpoints, run_.parameters, optimizer_)) {
    if (saved->computed != run_.computed) stop_for_engine(saved->computed, checkpoints);
    state_ = std::move(*saved);
  }
  state_.computed = run_.computed;
  if (is_first_process()) run_.metrics.begin(state_.step);
  run_.parameters.zero_gradient();
}

void Trainer::save(const fs::path& checkpoints) {
  if (!is_first_process()) return;
  save_checkpoint(checkpoints, state_, run_.parameters, optimizer_, run_.config.keep_checkpoints);
}

TrainResult Trainer::run(const fs::path& checkpoints) {
  resume(checkpoints);
  const TrainConfig& config = run_.config;
  const std::int64_t first = state_.step;
  const double before = state_.seconds;
  std::optional<Progress> progress;
  if (is_first_process()) progress.emplace(run_.title, total_steps_);
  while (state_.step < total_steps_) {
    const auto began = Clock::now();
    const StepResult result = step(checkpoints);
    state_.seconds += seconds_since(began);
    const double rate = static_cast<double>((state_.step - first) * config.batch_tokens) /
                        std::max(1e-9, state_.seconds - before);
    const bool last = state_.step == total_steps_;
    if (progress) {
      progress->update(state_.step,
                       fmt::format("loss {:.3f}, {} tok/s", result.loss, format_count(rate)), last);
    }
    const auto due = [&](std::int64_t every) { return every > 0 && state_.step % every == 0; };
    if (last || due(config.dev_every)) log_dev(checkpoints);
    const bool stop = run_.processes.any(interrupted());
    if (last || stop || due(config.checkpoint_every)) save(checkpoints);
    if (stop && !last) {
      throw Error(
          ExitCode::interrupted,
          fmt::format("{}: stopped after step {} of {}; the same command goes on from there",
                      run_.title, state_.step, total_steps_));
    }
  }
  return result();
}

TrainResult Trainer::result() const {
  const std::int64_t tokens = state_.step * run_.config.batch_tokens;
  TrainResult result{state_.step, tokens, state_.seconds, state_.last_loss, 1, false};
  if (state_.slots.empty() || tokens == 0) return result;
  const double slots = std::accumulate(state_.slots.begin(), state_.slots.end(), 0.0);
  result.experts_per_token =
      slots / (static_cast<double>(state_.slots.size()) * static_cast<double>(tokens));
  result.first_pass = batches_.of_step() > 1 && run_.balances.needs_first_pass();
  return result;
}

}  // namespace btx
