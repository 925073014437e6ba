#include "train/routing_sums.hpp"

#include <ATen/TensorOperators.h>

#include <cstdint>
#include <span>

namespace btx {
namespace {

BalanceStatistics means_of(std::span<const double> sums) {
  const std::size_t experts = (sums.size() - 2) / 4;
  const auto part = [&](std::size_t index) {
    const auto values = sums.subspan(index * experts, experts);
    return std::vector<double>(values.begin(), values.end());
  };
  BalanceStatistics s{part(0), part(1), part(2), part(3), sums[4 * experts], sums.back()};
  if (s.tokens == 0) return s;
  for (auto* values : {&s.u, &s.p, &s.load, &s.chosen}) {
    for (auto& value : *values) value /= s.tokens;
  }
  s.z /= s.tokens;
  return s;
}

}  // namespace

void RoutingSums::add(const at::Tensor& sums) {
  if (!sums.defined()) return;
  const at::Tensor all = sums.detach().to(at::kDouble).sum(1);
  sums_ = sums_.defined() ? sums_ + all : all;
}

std::vector<BalanceStatistics> statistics_of(const at::Tensor& sums) {
  std::vector<BalanceStatistics> all;
  if (!sums.defined()) return all;
  const at::Tensor host = sums.detach().to(at::kCPU, at::kDouble).contiguous();
  const auto columns = static_cast<std::size_t>(host.size(-1));
  const std::span<const double> values(host.const_data_ptr<double>(),
                                       static_cast<std::size_t>(host.numel()));
  for (std::size_t row = 0; row < values.size(); row += columns) {
    all.push_back(means_of(values.subspan(row, columns)));
  }
  return all;
}

}  // namespace btx
