#include "train/step_gradient.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include <utility>

namespace btx {

ForwardPass StepGradient::new_pass(std::int64_t step) const {
  ForwardPass pass;
  pass.training = true;
  pass.step = step;
  pass.total_steps = run_.config.steps();
  pass.step_tokens = static_cast<double>(run_.config.batch_tokens);
  pass.random_seed = run_.seed;
  return pass;
}

std::vector<BalanceStatistics> StepGradient::sum_over_processes(
    std::vector<RoutingMeans> means) const {
  for (auto& site : means) site.sum_over(run_.processes);
  return statistics_of(means);
}

/// The statistics of the whole step, by passes without gradients.
std::vector<BalanceStatistics> StepGradient::gather(std::int64_t step,
                                                    const std::vector<Batch>& batches) const {
  const at::NoGradGuard no_gradient;
  std::vector<RoutingMeans> means;
  for (const auto& batch : batches) {
    ForwardPass pass = new_pass(step);
    run_.decoder.hidden(batch, pass);
    add_sums(means, routing_sums(pass, batch));
    run_.decoder.check_routing(pass);
  }
  return sum_over_processes(std::move(means));
}

/// Adds the gradients of one micro-batch, its routing to `means`, and its share of the step's loss
/// and balances to `result`. `known` are the step's statistics; where it is empty, `means` are all
/// there is.
void StepGradient::backward(std::int64_t step, const Batch& batch,
                            const std::vector<BalanceStatistics>& known,
                            std::vector<RoutingMeans>& means, StepResult& result) const {
  const auto tokens = static_cast<double>(run_.config.batch_tokens);
  ForwardPass pass = new_pass(step);
  const at::Tensor lm_loss = run_.decoder.loss(batch, pass).sum() / tokens;
  const auto sums = routing_sums(pass, batch);
  add_sums(means, sums);
  at::Tensor total = lm_loss;
  const at::Tensor balance = run_.balances.surrogate(
      sums, known.empty() ? statistics_of(means) : known, tokens, result.balances);
  if (balance.defined()) total = total + balance;
  for (const auto& site : pass.sites) {
    for (const auto& extra : site.routing.losses) total = total + extra.sum / tokens;
  }
  total.backward();
  result.loss += lm_loss.item<double>();
  run_.decoder.check_routing(pass);
}

StepResult StepGradient::compute(std::int64_t step, const std::vector<Batch>& batches,
                                 std::int64_t all_batches) const {
  std::vector<BalanceStatistics> known;
  if (all_batches > 1 && run_.balances.needs_first_pass()) known = gather(step, batches);
  StepResult result;
  result.balances.resize(run_.balances.size());
  std::vector<RoutingMeans> means;
  for (const auto& batch : batches) backward(step, batch, known, means, result);
  run_.processes.sum(run_.parameters.gradient());
  run_.processes.sum(at::from_blob(&result.loss, {1}, at::kDouble));
  run_.processes.sum(
      at::from_blob(result.balances.data(), {std::ssize(result.balances)}, at::kDouble));
  result.routing = sum_over_processes(std::move(means));
  return result;
}

}  // namespace btx
