// Dense operations on the CPU: fewer passes over memory than the reference, and the compute copy of
// the weights instead of a cast in each call.
#include "kernels/cpu/ops.hpp"

#include "kernels/cpu/autograd.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>

namespace btx::cpu {
namespace {

struct RmsNorm : torch::autograd::Function<RmsNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x_in, const at::Tensor& w,
                            double eps) {
    const at::Tensor x = x_in.contiguous();
    at::Tensor y = at::empty_like(x);
    const at::Tensor rstd = at::empty({x.size(0)}, x.options().dtype(at::kFloat));
    const std::int64_t width = x.size(1);
    by_type(x, [&](auto type) {
      using T = decltype(type);
      over_rows(x.size(0), width, [&](std::int64_t begin, std::int64_t end) {
        row_kernels<T>().rms_norm(rows_of<T>(x) + begin * width, w.data_ptr<float>(),
                                  rows_of<T>(y) + begin * width, rstd.data_ptr<float>() + begin,
                                  end - begin, width, static_cast<float>(eps));
      });
    });
    context->save_for_backward({x, w, rstd});
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &w = saved[1], &rstd = saved[2];
    const at::Tensor dy = grads[0].contiguous();
    const at::Tensor dx = at::empty_like(x);
    const std::int64_t width = x.size(1);
    // One row of partial sums a block of fixed size, added up in order: the same bits on any
    // number of threads.
    constexpr std::int64_t kBlock = 256;
    const std::int64_t blocks = (x.size(0) + kBlock - 1) / kBlock;
    const at::Tensor partial = at::zeros({blocks, width}, w.options());
    by_type(x, [&](auto type) {
      using T = decltype(type);
      over_rows(blocks, kBlock * width, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t block = first; block < last; ++block) {
          const std::int64_t begin = block * kBlock;
          const std::int64_t rows = std::min(kBlock, x.size(0) - begin);
          row_kernels<T>().rms_norm_backward(
              rows_of<T>(x) + begin * width, w.data_ptr<float>(), rstd.data_ptr<float>() + begin,
              rows_of<T>(dy) + begin * width, rows_of<T>(dx) + begin * width,
              partial.data_ptr<float>() + block * width, rows, width);
        }
      });
    });
    return {dx, partial.sum(0), at::Tensor()};
  }
};

struct Linear : torch::autograd::Function<Linear> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& /*master*/, const at::Tensor& w) {
    context->save_for_backward({x, w});
    return at::mm(x, w.t());
  }
  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    at::Tensor dw;
    if (context->needs_input_grad(1)) dw = at::mm(grads[0].t(), saved[0]).to(at::kFloat);
    return {at::mm(grads[0], saved[1]), dw, at::Tensor()};
  }
};

struct SwiGlu : torch::autograd::Function<SwiGlu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x) {
    const std::int64_t width = x.size(1) / 2;
    at::Tensor y = at::empty({x.size(0), width}, x.options());
    swiglu_rows(x, y);
    context->save_for_backward({x});
    return y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const at::Tensor x = context->get_saved_variables()[0];
    const at::Tensor dx = at::empty_like(x);
    swiglu_rows_backward(x, grads[0].contiguous(), {}, dx, {}, {});
    return {dx};
  }
};

}  // namespace

void swiglu_rows(const at::Tensor& x, const at::Tensor& y) {
  const std::int64_t width = y.size(1);
  by_type(x, [&](auto type) {
    using T = decltype(type);
    over_rows(x.size(0), width, [&](std::int64_t begin, std::int64_t end) {
      row_kernels<T>().swiglu(rows_of<T>(x) + begin * 2 * width, rows_of<T>(y) + begin * width,
                              end - begin, width);
    });
  });
}

void swiglu_rows_backward(const at::Tensor& x, const at::Tensor& dy, const at::Tensor& weights,
                          const at::Tensor& dx, const at::Tensor& dweights, const at::Tensor& y) {
  const std::int64_t width = dy.size(1);
  const bool weighted = weights.defined();
  by_type(x, [&](auto type) {
    using T = decltype(type);
    over_rows(x.size(0), width, [&](std::int64_t begin, std::int64_t end) {
      row_kernels<T>().swiglu_backward(
          rows_of<T>(x) + begin * 2 * width, rows_of<T>(dy) + begin * width,
          weighted ? weights.data_ptr<float>() + begin : nullptr,
          rows_of<T>(dx) + begin * 2 * width,
          weighted ? dweights.data_ptr<float>() + begin : nullptr,
          weighted ? rows_of<T>(y) + begin * width : nullptr, end - begin, width);
    });
  });
}

at::Tensor rms_norm(const at::Tensor& x, const Weight& w, double eps) {
  return RmsNorm::apply(x, w.master, eps);
}
NormedSum add_rms_norm(const at::Tensor& x, const at::Tensor& added, const Weight& w, double eps) {
  const at::Tensor sum = x + added;
  return {sum, rms_norm(sum, w, eps)};
}
at::Tensor linear(const at::Tensor& x, const Weight& w) {
  return Linear::apply(x, w.master, w.compute);
}
at::Tensor swiglu(const at::Tensor& x) {
  return SwiGlu::apply(x);
}

}  // namespace btx::cpu
