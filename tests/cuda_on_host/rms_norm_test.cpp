// rms_norm and its gradients.
#include "cuda_on_host/support.hpp"

namespace {

using namespace cuda_test;

constexpr double kEpsilon = 1e-5;

struct Shape {
  Index rows, width;
};
const Shape kShapes[] = {{0, 8},   {1, 1},    {3, 2},      {257, 7},  {257, 8},  {257, 64},
                         {3, 192}, {5, 1000}, {3, 2056},   {2, 9000}, {40, 520}, {600, 64},
                         {1, 513}, {9, 4096}, {2100, 136}, {1, 20000}};

struct Norm {
  Typed y, sum;
  Floats scale;
  bool operator==(const Norm&) const = default;
};

enum class Added { none, apart, into_x, into_added };

Norm norm(Type type, Shape of, Index shift, Added how) {
  const Index n = of.rows * of.width;
  Typed x(type, random_values(n, 1), shift), added(type, random_values(n, 2, 0.5), shift);
  Floats w = floats(random_values(of.width, 3), shift);
  Norm made{Typed(type, n, shift), Typed(type, n, shift), Floats(at(of.rows))};
  void* sum = how == Added::into_x       ? x.data()
              : how == Added::into_added ? added.data()
                                         : made.sum.data();
  CHECK(btx_cuda_rms_norm(nullptr, type, x.data(), how == Added::none ? nullptr : added.data(),
                          w.data(), of.rows, of.width, kEpsilon, how == Added::none ? nullptr : sum,
                          made.y.data(), made.scale.data()) == 0);
  if (how == Added::into_x) made.sum = x;
  if (how == Added::into_added) made.sum = added;
  return made;
}

void check_norm(Type type, Shape of, Index shift, Added how) {
  const Index n = of.rows * of.width;
  Values s = Typed(type, random_values(n, 1)).values();
  if (how != Added::none) {
    const Values added = Typed(type, random_values(n, 2, 0.5)).values();
    for (std::size_t i = 0; i < s.size(); ++i) s[i] += added[i];
  }
  const Values w = random_values(of.width, 3);
  const Norm got = in_both_orders([&] { return norm(type, of, shift, how); });
  if (how != Added::none) {
    CHECK(difference(got.sum.values(), s) < tolerance(type));
    s = got.sum.values();
  }
  Values y, scales;
  for (Index row = 0; row < of.rows; ++row) {
    double squares = 0;
    for (Index i = 0; i < of.width; ++i) squares += std::pow(s[at(row * of.width + i)], 2);
    const double scale = 1 / std::sqrt(squares / static_cast<double>(of.width) + kEpsilon);
    scales.push_back(scale);
    for (Index i = 0; i < of.width; ++i) y.push_back(s[at(row * of.width + i)] * scale * w[at(i)]);
  }
  CHECK(difference(got.y.values(), y) < tolerance(type));
  CHECK(difference(wide(got.scale), scales, 0.01) < 1e-5);
}

TEST_CASE("rms_norm") {
  for_each_kind([](Type type, Index shift) {
    for (const Shape& of : kShapes) {
      CAPTURE(of.rows);
      CAPTURE(of.width);
      for (const Added how : {Added::none, Added::apart, Added::into_x, Added::into_added}) {
        check_norm(type, of, shift, how);
      }
    }
  });
}

struct Gradients {
  Typed dx;
  Floats dw;
  bool operator==(const Gradients&) const = default;
};

struct Inputs {
  Typed dy, s, dsum;
  Floats w, scale;
  Inputs(Type type, Shape of, Index shift)
      : dy(type, random_values(of.rows * of.width, 1), shift),
        s(type, random_values(of.rows * of.width, 2), shift),
        dsum(type, random_values(of.rows * of.width, 3), shift),
        w(floats(random_values(of.width, 4), shift)),
        scale(floats(random_values(of.rows, 5))) {}
};

Gradients gradients(Type type, Shape of, Index shift, bool with_sum, bool with_w, bool in_place) {
  Inputs in(type, of, shift);
  Floats partial(at(btx::cuda::kNormPartials * of.width), shift);
  Gradients made{Typed(type, of.rows * of.width, shift), floats(Values(at(of.width), 0.25), shift)};
  CHECK(btx_cuda_rms_norm_backward(
            nullptr, type, in.dy.data(), in.s.data(), in.w.data(), in.scale.data(),
            with_sum ? in.dsum.data() : nullptr, of.rows, of.width,
            in_place ? (with_sum ? in.dsum.data() : in.dy.data()) : made.dx.data(),
            with_w ? made.dw.data() : nullptr, with_w ? partial.data() : nullptr) == 0);
  if (in_place) made.dx = with_sum ? in.dsum : in.dy;
  return made;
}

/// dx, then dw.
std::pair<Values, Values> formula(Type type, Shape of, bool with_sum, bool with_w) {
  const Inputs in(type, of, 0);
  const Values dy = in.dy.values(), s = in.s.values(), dsum = in.dsum.values(), w = wide(in.w),
               scale = wide(in.scale);
  Values dx, dw(at(of.width), 0.25);
  for (Index row = 0; row < of.rows; ++row) {
    const Index begin = row * of.width;
    double mean = 0;
    for (Index i = 0; i < of.width; ++i) {
      const double product = dy[at(begin + i)] * s[at(begin + i)] * scale[at(row)];
      mean += product * w[at(i)] / static_cast<double>(of.width);
      if (with_w) dw[at(i)] += product;
    }
    for (Index i = 0; i < of.width; ++i) {
      const double n = s[at(begin + i)] * scale[at(row)], g = dy[at(begin + i)] * w[at(i)];
      dx.push_back(scale[at(row)] * (g - n * mean) + (with_sum ? dsum[at(begin + i)] : 0));
    }
  }
  return {dx, dw};
}

TEST_CASE("the gradients of rms_norm") {
  for_each_kind([](Type type, Index shift) {
    for (const Shape& of : kShapes) {
      for (const int way : {0, 1, 2, 3, 6, 7}) {
        const bool with_sum = (way & 1) != 0, with_w = (way & 2) != 0, in_place = (way & 4) != 0;
        CAPTURE(of.rows);
        CAPTURE(of.width);
        CAPTURE(way);
        const Gradients got =
            in_both_orders([&] { return gradients(type, of, shift, with_sum, with_w, in_place); });
        const auto [dx, dw] = formula(type, of, with_sum, with_w);
        CHECK(difference(got.dx.values(), dx) < tolerance(type));
        CHECK(difference(wide(got.dw), dw) < 1e-4);
      }
    }
  });
}

}  // namespace
