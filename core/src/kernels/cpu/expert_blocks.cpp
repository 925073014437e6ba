#include "kernels/cpu/expert_blocks.hpp"

#include "kernels/cpu/autograd.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace btx::cpu {
namespace {

constexpr std::int64_t kSmallestStep = 32;

std::int64_t padded_rows(std::int64_t rows) {
  const auto octave = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(rows)));
  const std::int64_t step = std::max(kSmallestStep, octave / 8);
  return (rows + step - 1) / step * step;
}

}  // namespace

ExpertBlocks::ExpertBlocks(const at::Tensor& slots_in, std::int64_t experts, bool padded)
    : offset_(static_cast<std::size_t>(experts) + 1) {
  const at::Tensor slots = slots_in.contiguous();
  const auto* expert = slots.const_data_ptr<std::int64_t>();
  const std::int64_t total = slots.numel();
  for (std::int64_t i = 0; i < total; ++i) {
    TORCH_CHECK(expert[i] < experts, "a router chose expert ", expert[i], " of ", experts);
    if (expert[i] >= 0) ++offset_[at(expert[i]) + 1];
  }
  for (std::size_t e = 1; e < offset_.size(); ++e) {
    offset_[e] = offset_[e - 1] + (padded ? padded_rows(offset_[e]) : offset_[e]);
  }
  capacity_ = padded ? total + total / 8 + experts * kSmallestStep : total;
  slot_.assign(at(rows()), -1);
  place_ = at::empty_like(slots);
  auto* place = place_.data_ptr<std::int64_t>();
  std::vector<std::int64_t> next(offset_.begin(), offset_.end() - 1);
  for (std::int64_t i = 0; i < total; ++i) {
    place[i] = expert[i] < 0 ? -1 : next[at(expert[i])]++;
    if (place[i] >= 0) slot_[at(place[i])] = i;
  }
}

at::Tensor ExpertBlocks::empty(std::int64_t width, const at::TensorOptions& options) const {
  return at::empty({capacity_, width}, options).narrow(0, 0, rows());
}

at::Tensor ExpertBlocks::gather(const at::Tensor& x) const {
  at::Tensor out = empty(x.size(1), x.options());
  const std::int64_t slots = place_.size(1);
  const auto bytes = static_cast<std::size_t>(x.size(1)) * x.element_size();
  const auto* from = static_cast<const char*>(x.const_data_ptr());
  auto* to = static_cast<char*>(out.data_ptr());
  over_rows(rows(), x.size(1), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      char* target = to + at(row) * bytes;
      const std::int64_t slot = slot_[at(row)];
      if (slot < 0) {
        std::memset(target, 0, bytes);
      } else {
        std::memcpy(target, from + at(slot / slots) * bytes, bytes);
      }
    }
  });
  return out;
}

at::Tensor ExpertBlocks::gather_slots(const at::Tensor& values) const {
  at::Tensor out = at::zeros({rows()}, values.options());
  const auto* from = values.const_data_ptr<float>();
  auto* to = out.data_ptr<float>();
  for (std::size_t row = 0; row < slot_.size(); ++row) {
    if (slot_[row] >= 0) to[row] = from[slot_[row]];
  }
  return out;
}

at::Tensor ExpertBlocks::scatter_slots(const at::Tensor& values) const {
  at::Tensor out = at::zeros(place_.sizes(), values.options());
  const auto* from = values.const_data_ptr<float>();
  auto* to = out.data_ptr<float>();
  for (std::size_t row = 0; row < slot_.size(); ++row) {
    if (slot_[row] >= 0) to[slot_[row]] = from[row];
  }
  return out;
}

}  // namespace btx::cpu
