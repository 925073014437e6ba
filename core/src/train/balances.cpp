#include "train/balances.hpp"

#include <btx/error.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/ops/count_nonzero.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace btx {
namespace {

at::Tensor to_tensor(const std::vector<double>& x, const at::Tensor& like) {
  at::Tensor out = at::empty({static_cast<std::int64_t>(x.size())}, at::kDouble);
  std::copy(x.begin(), x.end(), out.data_ptr<double>());
  return out.to(like.scalar_type()).to(like.device(), /*non_blocking=*/true);
}

void check_derivatives(const BalanceLoss& loss, std::size_t experts) {
  for (const auto* part : {&loss.d_u, &loss.d_p}) {
    if (part->empty() || part->size() == experts) continue;
    throw Error(ExitCode::plugin,
                fmt::format("evaluate() broke its contract: d_u and d_p must have {} derivatives "
                            "or none, got {}",
                            experts, part->size()));
  }
}

/// Adds the derivatives of a loss by the sums of a site, in their order (Ops::routing_sums()).
template <class T>
void add_to_row(const BalanceLoss& loss, T weight, std::span<T> row) {
  const std::size_t experts = (row.size() - 2) / 4;
  check_derivatives(loss, experts);
  const auto add = [&](std::size_t column, double derivative) {
    row[column] += weight * static_cast<T>(derivative);
  };
  for (std::size_t e = 0; e < loss.d_u.size(); ++e) add(e, loss.d_u[e]);
  for (std::size_t e = 0; e < loss.d_p.size(); ++e) add(experts + e, loss.d_p[e]);
  add(4 * experts, loss.d_z);
}

/// Adds them to row `index` of a matrix on the host.
void add_to(const at::Tensor& rows, std::int64_t index, const BalanceLoss& loss, double weight) {
  const auto columns = static_cast<std::size_t>(rows.size(1));
  if (rows.scalar_type() == at::kDouble) {
    add_to_row<double>(loss, weight, {rows[index].data_ptr<double>(), columns});
  } else {
    add_to_row<float>(loss, static_cast<float>(weight), {rows[index].data_ptr<float>(), columns});
  }
}

/// <derivatives, sums>, the first-order term whose gradient is the loss's. Of the columns those are
/// taken that have derivatives: gate weights and probabilities, and z where a balance wants it.
at::Tensor linear_term(const at::Tensor& sums, const at::Tensor& derivatives) {
  const std::int64_t experts = (sums.size(2) - 2) / 4;
  const auto part = [&](std::int64_t first, std::int64_t count) {
    const at::Tensor there =
        derivatives.narrow(2, first, count).contiguous().to(sums.device(), /*non_blocking=*/true);
    return (sums.narrow(2, first, count) * there).sum();
  };
  const at::Tensor term = part(0, 2 * experts);
  const bool z = derivatives.select(2, 4 * experts).count_nonzero().item<std::int64_t>() > 0;
  return z ? term + part(4 * experts, 1) : term;
}

}  // namespace

std::vector<ActiveBalance> make_balances(const Value& params_by_plugin) {
  std::vector<ActiveBalance> balances;
  for (const auto& [name, params, place] : params_by_plugin.as<Table>()) {
    balances.push_back({name, make_component<Balance>(name, params)});
  }
  return balances;
}

Balances::Balances(std::vector<ActiveBalance> balances, BalanceScope scope)
    : balances_(std::move(balances)), scope_(scope) {
  first_pass_ = scope_ == BalanceScope::global &&
                any([](const Balance& b) { return b.weight() != 0 && b.needs_step_means(); });
  needs_statistics_ =
      scope_ == BalanceScope::global && any([](const Balance& b) { return b.weight() != 0; });
}

bool Balances::any(bool (*property)(const Balance&)) const {
  return std::any_of(balances_.begin(), balances_.end(), [&](const ActiveBalance& balance) {
    return balance.component.call(property);
  });
}

bool Balances::moves_selection_bias() const {
  return any([](const Balance& b) { return b.moves_selection_bias(); });
}

at::Tensor Balances::surrogate(const at::Tensor& sums, const std::vector<BalanceStatistics>& global,
                               double step_tokens, std::vector<double>& raw) const {
  if (balances_.empty() || !sums.defined()) return {};
  // The loss is the mean over groups, each weighted by its share of the step's tokens; within a
  // group a mean is sum / tokens, so the group's tokens cancel.
  const bool step = scope_ == BalanceScope::global, each = scope_ == BalanceScope::sequence;
  const std::int64_t groups = each ? sums.size(1) : 1, rows = sums.size(0) * groups;
  std::vector<BalanceStatistics> means = global;
  if (!step) means = statistics_of(each ? sums : sums.detach().to(at::kDouble).sum(1));
  means.resize(static_cast<std::size_t>(rows));
  at::Tensor derivatives = at::zeros({rows, sums.size(2)}, at::dtype(sums.scalar_type()));
  bool any = false;
  for (std::int64_t row = 0; row < rows; ++row) {
    const BalanceStatistics& of_row = means[static_cast<std::size_t>(row)];
    const double share = step ? 0 : of_row.tokens / step_tokens;
    for (std::size_t i = 0; i < balances_.size(); ++i) {
      balances_[i].component.call([&](const Balance& b) {
        if (b.weight() == 0 && share == 0) return;
        const BalanceLoss loss = b.evaluate(of_row);
        raw[i] += share * loss.value;
        if (b.weight() == 0) return;
        add_to(derivatives, row, loss, b.weight() / step_tokens);
        any = true;
      });
    }
  }
  if (!any) return {};
  return linear_term(sums, derivatives.view({sums.size(0), groups, -1}));
}

std::vector<Balances::Logged> Balances::values(const std::vector<BalanceStatistics>& global,
                                               const std::vector<double>& raw) const {
  std::vector<Logged> logged;
  for (std::size_t i = 0; i < balances_.size(); ++i) {
    double value = scope_ == BalanceScope::global ? 0 : raw[i];
    balances_[i].component.call([&](const Balance& b) {
      for (const auto& statistics : global) {
        if (scope_ == BalanceScope::global) value += b.evaluate(statistics).value;
      }
      logged.push_back({balances_[i].name, value, value * b.weight()});
    });
  }
  return logged;
}

void Balances::after_step(const std::vector<BalanceStatistics>& global,
                          const std::vector<bool>& frozen,
                          const std::vector<at::Tensor>& biases) const {
  for (std::size_t site = 0; site < biases.size(); ++site) {
    if (frozen[site]) continue;
    const at::Tensor host = biases[site].to(at::kCPU, at::kDouble).contiguous();
    const double* values = host.const_data_ptr<double>();
    std::vector<double> bias(values, values + host.numel());
    for (const auto& balance : balances_) {
      balance.component.call([&](const Balance& b) { b.after_step(global[site], bias); });
    }
    biases[site].copy_(to_tensor(bias, biases[site]));
  }
}

}  // namespace btx
