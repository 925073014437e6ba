// The optimizer's operations on the CPU: one pass over memory, in blocks that threads share.
#include "kernels/cpu/ops.hpp"

#include "cpu/rows.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/scalar_tensor.h>

#include <algorithm>
#include <vector>

namespace btx::cpu {
namespace {

constexpr std::int64_t kBlock = 1 << 16;  // elements

void check_flat(const at::Tensor& x) {
  TORCH_CHECK(x.is_contiguous() && x.is_cpu() && x.scalar_type() == at::kFloat,
              "the CPU's optimizer takes contiguous float32 tensors on the CPU, got ",
              x.toString());
}

}  // namespace

void adamw(const AdamWStep& step, const at::Tensor& w, const at::Tensor& gradient,
           const at::Tensor& m, const at::Tensor& v, const at::Tensor& copy) {
  for (const auto* x : {&w, &gradient, &m, &v}) check_flat(*x);
  TORCH_CHECK(!copy.defined() || (copy.is_contiguous() && copy.scalar_type() == at::kBFloat16),
              "the CPU's optimizer writes a copy in contiguous bfloat16");
  auto* narrow = copy.defined() ? static_cast<Bf16*>(copy.data_ptr()) : nullptr;
  at::parallel_for(0, w.numel(), kBlock, [&](std::int64_t begin, std::int64_t end) {
    kernels().adamw(w.data_ptr<float>() + begin, gradient.const_data_ptr<float>() + begin,
                    m.data_ptr<float>() + begin, v.data_ptr<float>() + begin,
                    narrow == nullptr ? nullptr : narrow + begin, end - begin, step);
  });
}

at::Tensor sum_of_squares(const at::Tensor& x) {
  check_flat(x);
  const std::int64_t blocks = (x.numel() + kBlock - 1) / kBlock;
  // The sums of blocks of fixed size, added up in order: the same bits for any number of threads.
  std::vector<double> sums(static_cast<std::size_t>(blocks));
  at::parallel_for(0, blocks, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t block = first; block < last; ++block) {
      const std::int64_t begin = block * kBlock;
      sums[static_cast<std::size_t>(block)] = kernels().sum_of_squares(
          x.const_data_ptr<float>() + begin, std::min(kBlock, x.numel() - begin));
    }
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return at::scalar_tensor(total, at::kDouble);
}

}  // namespace btx::cpu
