// The table and SwiGLU.
#include "cuda_on_host/support.hpp"

namespace {

using namespace cuda_test;

TEST_CASE("the table is of this version, and errors have a text") {
  CHECK(btx_cuda_version() == btx::cuda::kVersion);
  CHECK(btx_cuda_error_text(0) == std::string("no error"));
}

Typed gated(Type type, Index rows, Index width, Index shift) {
  Typed x(type, random_values(rows * width * 2, 1, 3), shift), y(type, rows * width, shift);
  CHECK(btx_cuda_swiglu(nullptr, type, x.data(), rows, width, y.data()) == 0);
  return y;
}

Typed gate_gradient(Type type, Index rows, Index width, Index shift, bool in_place) {
  Typed x(type, random_values(rows * width * 2, 1, 3), shift), dx(type, rows * width * 2, shift);
  Typed dy(type, random_values(rows * width, 2), shift);
  CHECK(btx_cuda_swiglu_backward(nullptr, type, x.data(), dy.data(), rows, width,
                                 in_place ? x.data() : dx.data()) == 0);
  return in_place ? x : dx;
}

void check_gate(Type type, Index rows, Index width, Index shift) {
  const Values x = Typed(type, random_values(rows * width * 2, 1, 3)).values();
  const Values dy = Typed(type, random_values(rows * width, 2)).values();
  Values y(at(rows * width)), dx(at(rows * width * 2));
  for (Index i = 0; i < rows * width; ++i) {
    const Index a_at = i / width * width * 2 + i % width;
    const double a = x[at(a_at)], b = x[at(a_at + width)], s = 1 / (1 + std::exp(-a));
    y[at(i)] = a * s * b;
    dx[at(a_at)] = dy[at(i)] * b * s * (1 + a * (1 - s));
    dx[at(a_at + width)] = dy[at(i)] * a * s;
  }
  const Typed got = in_both_orders([&] { return gated(type, rows, width, shift); });
  CHECK(difference(got.values(), y) < tolerance(type));
  const Typed back = in_both_orders([&] { return gate_gradient(type, rows, width, shift, false); });
  CHECK(back == gate_gradient(type, rows, width, shift, true));
  CHECK(difference(back.values(), dx) < tolerance(type));
}

TEST_CASE("swiglu and its gradients") {
  for_each_kind([](Type type, Index shift) {
    for (const Index rows : {0, 1, 3, 257}) {
      for (const Index width : {1, 2, 7, 8, 64, 192, 1000}) check_gate(type, rows, width, shift);
    }
    check_gate(type, 2, 2056, shift);
    check_gate(type, 2, 9001, shift);
  });
}

TEST_CASE("swiglu far from 0") {
  Typed x(Type::float32, Values{100, -100, 1e30, -1e30, 2, 2, 2, 2}), y(Type::float32, 4);
  CHECK(btx_cuda_swiglu(nullptr, Type::float32, x.data(), 1, 4, y.data()) == 0);
  CHECK(difference(y.values(), {200, 0, 2e30, 0}) < 1e-5);
}

}  // namespace
