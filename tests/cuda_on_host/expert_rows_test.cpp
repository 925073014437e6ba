// Rows to experts and back, and the inner part of an expert's backward pass.
#include "cuda_on_host/support.hpp"

namespace {

using namespace cuda_test;

using Int = Array<std::int32_t>;

/// Rows of tokens in some order, of which the last fifth are of no expert.
struct Case {
  Index tokens, slots, width;
  Index rows() const { return tokens * slots; }
  Index last() const { return rows() - rows() / 5; }
};
const Case kCases[] = {{0, 3, 8},   {1, 1, 1},   {3, 3, 2},    {257, 3, 7},  {257, 1, 8},
                       {60, 3, 64}, {7, 6, 192}, {5, 3, 1000}, {3, 3, 2056}, {2, 9, 5001}};

std::pair<std::vector<std::int32_t>, std::vector<std::int32_t>> permutation(Index n) {
  std::vector<std::int32_t> order(at(n)), place(at(n));
  for (Index i = 0; i < n; ++i) order[at(i)] = static_cast<std::int32_t>(i);
  std::shuffle(order.begin(), order.end(), std::mt19937(5));
  for (Index i = 0; i < n; ++i) place[at(order[at(i)])] = static_cast<std::int32_t>(i);
  return {order, place};
}

Typed gathered(Type type, const Case& of, Index shift) {
  Typed x(type, random_values(of.tokens * of.width, 1), shift);
  Typed out(type, of.rows() * of.width, shift);
  Int order(permutation(of.rows()).first);
  CHECK(btx_cuda_gather_rows(nullptr, type, x.data(), order.data(), of.rows(), of.slots, of.width,
                             out.data()) == 0);
  return out;
}

Values gathered_formula(Type type, const Case& of) {
  const Values x = Typed(type, random_values(of.tokens * of.width, 1)).values();
  Values out;
  for (const std::int32_t slot : permutation(of.rows()).first) {
    const auto begin = x.begin() + slot / of.slots * of.width;
    out.insert(out.end(), begin, begin + of.width);
  }
  return out;
}

/// Rows beyond the last hold what must not be read.
Values rows_of(const Case& of, unsigned seed, Index width) {
  Values rows = random_values(of.rows() * width, seed);
  std::fill(rows.begin() + of.last() * width, rows.end(), NAN);
  return rows;
}

Typed combined(Type type, const Case& of, Index shift, bool weighted) {
  Typed rows(type, rows_of(of, 1, of.width), shift), out(type, of.tokens * of.width, shift);
  Int place(permutation(of.rows()).second);
  Floats weights = floats(random_values(of.rows(), 2));
  const auto last = static_cast<std::int32_t>(of.last());
  CHECK(btx_cuda_combine_rows(nullptr, type, rows.data(), place.data(),
                              weighted ? weights.data() : nullptr, &last, of.tokens, of.slots,
                              of.width, out.data()) == 0);
  return out;
}

Values combined_formula(Type type, const Case& of, bool weighted) {
  const Values rows = Typed(type, rows_of(of, 1, of.width)).values();
  const Values weights = random_values(of.rows(), 2);
  const auto place = permutation(of.rows()).second;
  Values out(at(of.tokens * of.width));
  for (Index slot = 0; slot < of.rows(); ++slot) {
    if (place[at(slot)] >= of.last()) continue;
    for (Index i = 0; i < of.width; ++i) {
      out[at(slot / of.slots * of.width + i)] +=
          (weighted ? weights[at(slot)] : 1) * rows[at(place[at(slot)] * of.width + i)];
    }
  }
  return out;
}

TEST_CASE("gather_rows and combine_rows") {
  for_each_kind([](Type type, Index shift) {
    for (const Case& of : kCases) {
      CAPTURE(of.tokens);
      CAPTURE(of.width);
      CHECK(in_both_orders([&] { return gathered(type, of, shift); }).values() ==
            gathered_formula(type, of));
      for (const bool weighted : {false, true}) {
        const Typed got = in_both_orders([&] { return combined(type, of, shift, weighted); });
        CHECK(difference(got.values(), combined_formula(type, of, weighted)) < tolerance(type));
      }
    }
  });
}

struct Backward {
  Typed first, second;  ///< dh and a_weighted; of weighted_dots the first is `scaled`
  Floats dweights;
  bool operator==(const Backward&) const = default;
};

Backward gate_backward(Type type, const Case& of, Index shift, bool in_place) {
  Typed h(type, rows_of(of, 1, 2 * of.width), shift), da(type, rows_of(of, 2, of.width), shift);
  Backward made{Typed(type, of.rows() * of.width * 2, shift),
                Typed(type, of.rows() * of.width, shift), Floats(at(of.rows()))};
  Int order(permutation(of.rows()).first);
  Floats weights = floats(random_values(of.rows(), 3));
  const auto last = static_cast<std::int32_t>(of.last());
  CHECK(btx_cuda_weighted_swiglu_backward(
            nullptr, type, h.data(), da.data(), order.data(), weights.data(), &last, of.rows(),
            of.width, in_place ? h.data() : made.first.data(),
            in_place ? da.data() : made.second.data(), made.dweights.data()) == 0);
  if (in_place) {
    made.first = h;
    made.second = da;
  }
  return made;
}

struct Formula {
  Values first, second, dweights;
};

Formula gate_formula(Type type, const Case& of) {
  const Values h = Typed(type, rows_of(of, 1, 2 * of.width)).values();
  const Values da = Typed(type, rows_of(of, 2, of.width)).values();
  const Values weights = random_values(of.rows(), 3);
  const auto order = permutation(of.rows()).first;
  Formula made{Values(h.size()), Values(da.size()), Values(weights.size())};
  for (Index i = 0; i < of.last() * of.width; ++i) {
    const Index row = i / of.width, first = i + row * of.width, slot = order[at(row)];
    const double h0 = h[at(first)], h1 = h[at(first + of.width)], s = 1 / (1 + std::exp(-h0));
    const double gradient = weights[at(slot)] * da[at(i)];
    made.first[at(first)] = gradient * h1 * s * (1 + h0 * (1 - s));
    made.first[at(first + of.width)] = gradient * silu(h0);
    made.second[at(i)] = weights[at(slot)] * silu(h0) * h1;
    made.dweights[at(slot)] += da[at(i)] * silu(h0) * h1;
  }
  return made;
}

TEST_CASE("weighted_swiglu_backward") {
  for_each_kind([](Type type, Index shift) {
    for (const Case& of : kCases) {
      CAPTURE(of.tokens);
      CAPTURE(of.width);
      const Backward got = in_both_orders([&] { return gate_backward(type, of, shift, false); });
      CHECK(got == gate_backward(type, of, shift, true));
      const Formula want = gate_formula(type, of);
      CHECK(difference(got.first.values(), want.first) < tolerance(type));
      CHECK(difference(got.second.values(), want.second) < tolerance(type));
      CHECK(difference(wide(got.dweights), want.dweights) < 1e-4);
    }
  });
}

/// Into an array of its own, a, or b.
Backward dots(Type type, const Case& of, Index shift, int into) {
  Typed a(type, rows_of(of, 1, of.width), shift), b(type, rows_of(of, 2, of.width), shift);
  Backward made{Typed(type, of.rows() * of.width, shift), Typed(type, 0), Floats(at(of.rows()))};
  Int order(permutation(of.rows()).first);
  Floats weights = floats(random_values(of.rows(), 3));
  const auto last = static_cast<std::int32_t>(of.last());
  Typed& scaled = into == 1 ? a : into == 2 ? b : made.first;
  CHECK(btx_cuda_weighted_dots(nullptr, type, a.data(), b.data(), order.data(), weights.data(),
                               &last, of.rows(), of.width, scaled.data(),
                               made.dweights.data()) == 0);
  if (into != 0) made.first = scaled;
  return made;
}

Formula dots_formula(Type type, const Case& of) {
  const Values a = Typed(type, rows_of(of, 1, of.width)).values();
  const Values b = Typed(type, rows_of(of, 2, of.width)).values();
  const Values weights = random_values(of.rows(), 3);
  const auto order = permutation(of.rows()).first;
  Formula made{Values(a.size()), {}, Values(weights.size())};
  for (Index i = 0; i < of.last() * of.width; ++i) {
    const Index slot = order[at(i / of.width)];
    made.first[at(i)] = weights[at(slot)] * a[at(i)];
    made.dweights[at(slot)] += a[at(i)] * b[at(i)];
  }
  return made;
}

TEST_CASE("weighted_dots") {
  for_each_kind([](Type type, Index shift) {
    for (const Case& of : kCases) {
      const Backward got = in_both_orders([&] { return dots(type, of, shift, 0); });
      CHECK(got == dots(type, of, shift, 1));
      CHECK(got == dots(type, of, shift, 2));
      const Formula want = dots_formula(type, of);
      CHECK(difference(got.first.values(), want.first) < tolerance(type));
      CHECK(difference(wide(got.dweights), want.dweights) < 1e-4);
    }
  });
}

TEST_CASE("no row is of an expert") {
  Typed rows(Type::float32, Values(8, NAN)), out(Type::float32, 8);
  Int place(std::vector<std::int32_t>{0, 1});
  const std::int32_t last = 0;
  CHECK(btx_cuda_combine_rows(nullptr, Type::float32, rows.data(), place.data(), nullptr, &last, 2,
                              1, 4, out.data()) == 0);
  CHECK(out.values() == Values(8, 0));
}

}  // namespace
