// A router's gate and its gradients.
#include "cuda_on_host/support.hpp"

namespace {

using namespace cuda_test;

struct Shape {
  Index rows, width, experts;
};
const Shape kShapes[] = {{0, 8, 3},    {1, 1, 1},    {3, 2, 2},    {4, 8, 4},      {5, 64, 5},
                         {257, 7, 2},  {257, 24, 8}, {33, 192, 9}, {130, 516, 16}, {6, 1000, 17},
                         {40, 36, 33}, {9, 72, 128}, {3, 4104, 3}, {1030, 40, 4},  {2, 12, 300}};

struct Inputs {
  Typed x;
  Floats w, dlogits;
  Inputs(Type type, const Shape& of, Index shift)
      : x(type, random_values(of.rows * of.width, 1), shift),
        w(floats(random_values(of.experts * of.width, 2), shift)),
        dlogits(floats(random_values(of.rows * of.experts, 3), shift)) {}
};

Floats logits(Type type, const Shape& of, Index shift) {
  Inputs in(type, of, shift);
  Floats out(at(of.rows * of.experts), shift);
  CHECK(btx_cuda_gate(nullptr, type, in.x.data(), in.w.data(), of.rows, of.width, of.experts,
                      out.data()) == 0);
  return out;
}

/// How far sums of so many products may be from float64.
double sums_tolerance(Index terms) {
  return 1e-6 * std::sqrt(static_cast<double>(terms) + 1) + 1e-6;
}

TEST_CASE("the logits of a gate") {
  for_each_kind([](Type type, Index shift) {
    for (const Shape& of : kShapes) {
      CAPTURE(of.rows);
      CAPTURE(of.width);
      CAPTURE(of.experts);
      const Inputs in(type, of, 0);
      const Values x = in.x.values(), w = wide(in.w);
      Values want(at(of.rows * of.experts));
      for (std::size_t i = 0; i < want.size(); ++i) {
        const Index row = static_cast<Index>(i) / of.experts,
                    e = static_cast<Index>(i) % of.experts;
        for (Index c = 0; c < of.width; ++c)
          want[i] += x[at(row * of.width + c)] * w[at(e * of.width + c)];
      }
      const Floats got = in_both_orders([&] { return logits(type, of, shift); });
      CHECK(difference(wide(got), want) < sums_tolerance(of.width));
    }
  });
}

struct Gradients {
  Typed dx;
  Floats dw;
  bool operator==(const Gradients&) const = default;
};

Gradients gradients(Type type, const Shape& of, Index shift, bool with_x, bool with_w) {
  Inputs in(type, of, shift);
  const Index partials = btx::cuda::gate_partials(of.rows, of.width, of.experts);
  Floats partial(at(partials * of.experts * of.width), shift);
  Gradients made{Typed(type, of.rows * of.width, shift),
                 floats(Values(at(of.experts * of.width), 0.25), shift)};
  CHECK(btx_cuda_gate_backward(nullptr, type, in.dlogits.data(), in.x.data(), in.w.data(), of.rows,
                               of.width, of.experts, with_x ? made.dx.data() : nullptr,
                               with_w ? made.dw.data() : nullptr,
                               with_w ? partial.data() : nullptr) == 0);
  return made;
}

/// dx, then dw; what is not wanted stays as it was.
std::pair<Values, Values> formula(Type type, const Shape& of, bool with_x, bool with_w) {
  const Inputs in(type, of, 0);
  const Values x = in.x.values(), w = wide(in.w), dlogits = wide(in.dlogits);
  Values dx = Typed(type, of.rows * of.width).values(), dw(at(of.experts * of.width), 0.25);
  if (with_x) std::fill(dx.begin(), dx.end(), 0.0);
  for (Index row = 0; row < of.rows; ++row) {
    for (Index e = 0; e < of.experts; ++e) {
      const double g = dlogits[at(row * of.experts + e)];
      for (Index c = 0; c < of.width; ++c) {
        if (with_x) dx[at(row * of.width + c)] += g * w[at(e * of.width + c)];
        if (with_w) dw[at(e * of.width + c)] += g * x[at(row * of.width + c)];
      }
    }
  }
  return {dx, dw};
}

TEST_CASE("the gradients of a gate") {
  for_each_kind([](Type type, Index shift) {
    for (const Shape& of : kShapes) {
      for (const int way : {1, 2, 3}) {
        CAPTURE(of.rows);
        CAPTURE(of.width);
        CAPTURE(of.experts);
        CAPTURE(way);
        const bool with_x = (way & 1) != 0, with_w = (way & 2) != 0;
        const Gradients got =
            in_both_orders([&] { return gradients(type, of, shift, with_x, with_w); });
        const auto [dx, dw] = formula(type, of, with_x, with_w);
        CHECK(difference(got.dx.values(), dx) < tolerance(type));
        CHECK(difference(wide(got.dw), dw) < sums_tolerance(of.rows));
      }
    }
  });
}

TEST_CASE("as many partial sums as keep a large GPU busy, and no more than there are rows for") {
  CHECK(btx::cuda::gate_partials(0, 64, 4) == 1);
  CHECK(btx::cuda::gate_partials(33, 64, 4) == 2);
  CHECK(btx::cuda::gate_partials(100'000, 512, 16) == 256);
  CHECK(btx::cuda::gate_partials(100'000, 2048, 8) == 128);
  CHECK(btx::cuda::gate_partials(100'000, 8192, 128) == 4);
  CHECK(btx::cuda::gate_partials(100'000, 1 << 20, 128) == 1);
}

}  // namespace
