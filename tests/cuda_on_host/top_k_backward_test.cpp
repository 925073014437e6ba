// The gradient of top_k's softmaxes against differences of them.
#include "cuda_on_host/support.hpp"

#include <numeric>

namespace {

using namespace cuda_test;

using Slots = std::vector<std::int64_t>;

struct Shape {
  Index rows, experts, k;
};
const Shape kShapes[] = {{0, 4, 2},   {1, 1, 1},    {37, 2, 1},  {37, 2, 2},   {300, 3, 2},
                         {37, 4, 4},  {300, 8, 2},  {37, 13, 3}, {37, 16, 16}, {7, 33, 33},
                         {37, 64, 8}, {3, 128, 64}, {7, 129, 8}, {3, 300, 300}};

/// Different experts for each row, in no order.
Slots slots_of(const Shape& of) {
  Slots slots, all(at(of.experts));
  std::iota(all.begin(), all.end(), 0);
  std::minstd_rand generator(3);
  for (Index row = 0; row < of.rows; ++row) {
    std::shuffle(all.begin(), all.end(), generator);
    slots.insert(slots.end(), all.begin(), all.begin() + of.k);
  }
  return slots;
}

/// The loss of a row is <dweights, weights> + <dprobabilities, probabilities>; `way` has 1 for the
/// first, 2 for the second.
struct Case {
  Shape of;
  int way;
  Slots slots = slots_of(of);
  Values scores = random_values(of.rows * of.experts, 1, 3);
  Values dweights = random_values(of.rows * of.k, 2);
  Values dprobabilities = random_values(of.rows * of.experts, 3);

  Values chosen(Index row, const Values& x) const {
    Values out;
    for (Index i = 0; i < of.k; ++i) out.push_back(x[at(slots[at(row * of.k + i)])]);
    return out;
  }
  Values scores_of(Index row) const {
    return {scores.begin() + row * of.experts, scores.begin() + (row + 1) * of.experts};
  }
  double loss(Index row, const Values& x) const {
    const Values w = softmax(chosen(row, x)), p = softmax(x);
    double sum = 0;
    const auto dw = dweights.begin() + row * of.k, dp = dprobabilities.begin() + row * of.experts;
    if ((way & 1) != 0) sum = std::inner_product(w.begin(), w.end(), dw, sum);
    if ((way & 2) != 0) sum = std::inner_product(p.begin(), p.end(), dp, sum);
    return sum;
  }
};

Floats gradient(const Case& in, Index shift) {
  const Shape& of = in.of;
  Values w, p;
  for (Index row = 0; row < of.rows; ++row) {
    const Values x = in.scores_of(row);
    for (const double one : softmax(in.chosen(row, x))) w.push_back(one);
    for (const double one : softmax(x)) p.push_back(one);
  }
  Array<std::int64_t> slots(in.slots, shift);
  Floats weights = floats(w, shift), probabilities = floats(p, shift);
  Floats dweights = floats(in.dweights, shift), dprobabilities = floats(in.dprobabilities, shift);
  Floats dlogits = floats(Values(p.size(), -77), shift);
  const bool first = (in.way & 1) != 0, second = (in.way & 2) != 0;
  CHECK(btx_cuda_top_k_backward(nullptr, first ? dweights.data() : nullptr,
                                second ? dprobabilities.data() : nullptr,
                                first ? slots.data() : nullptr, first ? weights.data() : nullptr,
                                second ? probabilities.data() : nullptr, of.rows, of.experts, of.k,
                                dlogits.data()) == 0);
  return dlogits;
}

Values slopes(const Case& in) {
  constexpr double kStep = 1e-5;
  Values out;
  for (Index row = 0; row < in.of.rows; ++row) {
    Values x = in.scores_of(row);
    for (double& one : x) {
      const double old = one;
      one = old + kStep;
      const double above = in.loss(row, x);
      one = old - kStep;
      out.push_back((above - in.loss(row, x)) / (2 * kStep));
      one = old;
    }
  }
  return out;
}

TEST_CASE("the gradient of top_k") {
  for (const Shape& of : kShapes) {
    for (const int way : {0, 1, 2, 3}) {
      CAPTURE(of.experts);
      CAPTURE(way);
      const Case in{of, way};
      const Values want = slopes(in);
      for (const Index shift : {0, 1}) {
        const Floats got = in_both_orders([&] { return gradient(in, shift); });
        CHECK(difference(wide(got), want, 0.1) < 1e-5);
      }
    }
  }
}

}  // namespace
