#include "train/step_gradient.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

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

/// Adds what a pass found of experts that are not there, on the device.
void StepGradient::note_missing(const ForwardPass& pass, at::Tensor& missing) {
  if (!pass.missing_expert.defined()) return;
  missing = missing.defined() ? missing | pass.missing_expert : pass.missing_expert;
}

/// What all processes have added up; the host waits for the device once.
StepResult StepGradient::fetch(const DeviceSums& sums) const {
  const at::Tensor missing =
      sums.missing.defined() ? sums.missing.to(at::kDouble) : at::zeros_like(sums.loss);
  std::vector<at::Tensor> parts = {sums.loss.view({1}), missing.view({1})};
  const at::Tensor& routing = sums.routing.sums();
  if (routing.defined()) parts.push_back(routing.view(-1));
  const at::Tensor all = at::cat(parts);
  run_.processes.sum(all);
  const at::Tensor host = all.cpu();
  const double* values = host.const_data_ptr<double>();
  if (values[1] > 0) {
    ForwardPass pass;
    pass.missing_expert = at::ones({}, at::kBool);
    run_.decoder.check_routing(pass);
  }
  StepResult result;
  result.loss = values[0];
  if (routing.defined()) {
    result.routing = statistics_of(host.narrow(0, 2, routing.numel()).view(routing.sizes()));
  }
  return result;
}

/// The statistics of the whole step, by passes without gradients.
std::vector<BalanceStatistics> StepGradient::gather(std::int64_t step,
                                                    const std::vector<Batch>& batches) const {
  const at::NoGradGuard no_gradient;
  DeviceSums sums;
  for (const auto& batch : batches) {
    ForwardPass pass = new_pass(step);
    const at::Tensor hidden = run_.decoder.hidden(batch, pass);
    if (!sums.loss.defined()) sums.loss = at::zeros({}, hidden.options().dtype(at::kDouble));
    sums.routing.add(run_.decoder.routing_sums(batch, pass));
    note_missing(pass, sums.missing);
  }
  return fetch(sums).routing;
}

/// Adds the gradients of one micro-batch, its routing and its share of the step's loss to `sums`,
/// and its share of balances to `balances`. `known` are the step's statistics; where it is empty,
/// `sums` are all there is.
void StepGradient::backward(std::int64_t step, const Batch& batch,
                            const std::vector<BalanceStatistics>& known, DeviceSums& sums,
                            std::vector<double>& balances) const {
  const auto tokens = static_cast<double>(run_.config.batch_tokens);
  ForwardPass pass = new_pass(step);
  const at::Tensor lm_loss = run_.decoder.loss(batch, pass).sum() / tokens;
  const at::Tensor routing = run_.decoder.routing_sums(batch, pass);
  sums.routing.add(routing);
  const bool ask = known.empty() && run_.balances.needs_statistics();
  at::Tensor total = lm_loss;
  const at::Tensor balance = run_.balances.surrogate(
      routing, ask ? statistics_of(sums.routing.sums()) : known, tokens, balances);
  if (balance.defined()) total = total + balance;
  for (const auto& site : pass.sites) {
    for (const auto& extra : site.routing.losses) total = total + extra.sum / tokens;
  }
  total.backward();
  const at::Tensor loss = lm_loss.detach().to(at::kDouble);
  sums.loss = sums.loss.defined() ? sums.loss + loss : loss;
  note_missing(pass, sums.missing);
}

StepResult StepGradient::compute(std::int64_t step, const std::vector<Batch>& batches,
                                 std::int64_t all_batches) const {
  std::vector<BalanceStatistics> known;
  if (all_batches > 1 && run_.balances.needs_first_pass()) known = gather(step, batches);
  DeviceSums sums;
  std::vector<double> balances(run_.balances.size());
  for (const auto& batch : batches) backward(step, batch, known, sums, balances);
  run_.processes.sum(run_.parameters.gradient());
  run_.processes.sum(at::from_blob(balances.data(), {std::ssize(balances)}, at::kDouble));
  StepResult result = fetch(sums);
  result.balances = std::move(balances);
  return result;
}

}  // namespace btx
