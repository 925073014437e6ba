// The routing of a mixture layer in single passes over its few numbers.
#include "kernels/reference/routing.hpp"
#include "kernels/cpu/autograd.hpp"
#include "kernels/cpu/ops.hpp"

#include <btx/random.hpp>

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace btx::cpu {
namespace {

/// In front of the other: NaN before numbers, the larger before the smaller.
bool before(float a, float b) {
  return std::isnan(a) ? !std::isnan(b) : a > b;
}

/// The k first of `scores` [experts], in order; of equal ones the one with the lower index.
void choose_of_row(const float* scores, std::int64_t experts, std::int64_t k, std::int64_t* slots) {
  std::int64_t count = 0;
  for (std::int64_t e = 0; e < experts; ++e) {
    std::int64_t place = count;
    while (place > 0 && before(scores[e], scores[slots[place - 1]])) --place;
    if (place >= k) continue;
    count = std::min(count + 1, k);
    std::copy_backward(slots + place, slots + count - 1, slots + count);
    slots[place] = e;
  }
}

}  // namespace

at::Tensor choose(const at::Tensor& scores, const at::Tensor& bias, std::int64_t k) {
  if (scores.scalar_type() != at::kFloat) return reference::choose(scores, bias, k);
  const at::Tensor all = scores.contiguous();
  const std::int64_t experts = all.size(1);
  at::Tensor slots =
      at::empty({all.size(0), k}, all.options().dtype(at::kLong).requires_grad(false));
  const at::Tensor added = bias.defined() ? bias.to(at::kFloat).contiguous() : bias;
  over_rows(all.size(0), experts * k, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> row(static_cast<std::size_t>(experts));
    for (std::int64_t n = begin; n < end; ++n) {
      const float* score = all.const_data_ptr<float>() + n * experts;
      for (std::int64_t e = 0; e < experts; ++e) {
        row[static_cast<std::size_t>(e)] =
            added.defined() ? score[e] + added.const_data_ptr<float>()[e] : score[e];
      }
      choose_of_row(row.data(), experts, k, slots.mutable_data_ptr<std::int64_t>() + n * k);
    }
  });
  return slots;
}

TopKRouting top_k(const at::Tensor& logits, const at::Tensor& bias, std::int64_t k) {
  return reference::softmax_of_chosen(logits, choose(logits, bias, k));
}

at::Tensor uniform(std::uint64_t key, const at::Tensor& index, std::int64_t columns) {
  const at::Tensor all = index.contiguous();
  at::Tensor out = at::empty({all.size(0), columns}, all.options().dtype(at::kFloat));
  // Ten rounds a number.
  over_rows(all.size(0), 10 * columns, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      const auto first = static_cast<std::uint64_t>(all.const_data_ptr<std::int64_t>()[n]) *
                         static_cast<std::uint64_t>(columns);
      for (std::int64_t c = 0; c < columns; ++c) {
        out.mutable_data_ptr<float>()[n * columns + c] =
            random_uniform(key, first + static_cast<std::uint64_t>(c));
      }
    }
  });
  return out;
}

}  // namespace btx::cpu
