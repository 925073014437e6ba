#pragma once
// What the CPU operations share: access to rows by element type, and work split over threads.

#include "cpu/rows.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <torch/csrc/autograd/custom_function.h>

#include <type_traits>
#include <utility>

namespace btx::cpu {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The tensor's elements as T, Bf16 where it is bfloat16; nothing is checked.
template <class T>
T* rows_of(const at::Tensor& x) {
  return static_cast<T*>(x.data_ptr());
}

/// Calls f with a value of the tensor's element type: float or Bf16.
template <class F>
void by_type(const at::Tensor& x, F&& f) {
  TORCH_CHECK(x.is_contiguous(), "CPU kernels need contiguous tensors");
  if (x.scalar_type() == at::kFloat) {
    f(float{});
  } else {
    TORCH_CHECK(x.scalar_type() == at::kBFloat16, "CPU kernels take float32 and bfloat16, got ",
                x.scalar_type());
    f(Bf16{});
  }
}

/// Numbers that are work enough for a thread: to wake another one for fewer takes longer.
constexpr std::int64_t kWorkOfThread = 32768;

/// f(begin, end) over 0..rows of `width` numbers each, on as many threads as there is work for.
template <class F>
void over_rows(std::int64_t rows, std::int64_t width, F&& f) {
  const std::int64_t threads = at::get_num_threads();
  const std::int64_t least = kWorkOfThread / std::max<std::int64_t>(1, width) + 1;
  at::parallel_for(0, rows, std::max(least, (rows + threads - 1) / threads), std::forward<F>(f));
}

}  // namespace btx::cpu
