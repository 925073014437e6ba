// The gradients of routing_sums.
#include "cuda_on_host/routing_inputs.hpp"

namespace {

using namespace cuda_test;

struct Gradients {
  Floats weights, probabilities, logits;
  bool operator==(const Gradients&) const = default;
};

/// which: 1 for the weights', 2 for the probabilities', 4 for the logits'; the others stay -77.
Gradients gradients(Inputs in, Index shift, bool padded, int which) {
  const Shape& of = in.of;
  Floats dsums = floats(random_values(of.groups * of.columns(), 6), shift);
  const auto unwritten = [&](Index n) { return floats(Values(at(n), -77), shift); };
  Gradients made{unwritten(of.rows() * of.slots), unwritten(of.rows() * of.experts),
                 unwritten(of.rows() * of.experts)};
  CHECK(btx_cuda_routing_sums_backward(nullptr, dsums.data(), in.slots.data(), in.logits.data(),
                                       in.pads(padded), of.groups, of.tokens, of.experts, of.slots,
                                       (which & 1) != 0 ? made.weights.data() : nullptr,
                                       (which & 2) != 0 ? made.probabilities.data() : nullptr,
                                       (which & 4) != 0 ? made.logits.data() : nullptr) == 0);
  return made;
}

void check_gradients(Inputs in, const Gradients& got, bool padded) {
  const Shape& of = in.of;
  const Values dsums = wide(floats(random_values(of.groups * of.columns(), 6)));
  Values weights, probabilities, logits;
  for (Index token = 0; token < of.rows(); ++token) {
    const double* d = dsums.data() + token / of.tokens * of.columns();
    const double counted = in.counts(token, padded) ? 1 : 0, lse = log_sum(in, token);
    for (Index i = 0; i < of.slots; ++i) {
      const std::int64_t slot = in.slots.data()[token * of.slots + i];
      weights.push_back(slot >= 0 && slot < of.experts ? counted * d[slot] : 0);
    }
    for (Index i = 0; i < of.experts; ++i) {
      probabilities.push_back(counted * d[of.experts + i]);
      const double x = in.logits.data()[token * of.experts + i];
      logits.push_back(counted * d[4 * of.experts] * 2 * lse * std::exp(x - lse));
    }
  }
  CHECK(wide(got.weights) == weights);
  CHECK(wide(got.probabilities) == probabilities);
  CHECK(difference(wide(got.logits), logits, 0.01) < 2e-5);
}

TEST_CASE("the gradients of routing_sums, all and each alone") {
  for (const Shape& of : kShapes) {
    for (const Index shift : {0, 1}) {
      for (const bool padded : {false, true}) {
        CAPTURE(of.tokens);
        CAPTURE(of.experts);
        const Inputs in(of, shift);
        const Gradients all = in_both_orders([&] { return gradients(in, shift, padded, 7); });
        check_gradients(in, all, padded);
        const Gradients none = gradients(in, shift, padded, 0);
        for (const int which : {0, 1, 2, 4}) {
          const Gradients one = gradients(in, shift, padded, which);
          CHECK(one.weights == (which == 1 ? all : none).weights);
          CHECK(one.probabilities == (which == 2 ? all : none).probabilities);
          CHECK(one.logits == (which == 4 ? all : none).logits);
          if (which == 0) CHECK(wide(one.weights) == Values(at(of.rows() * of.slots), -77));
        }
      }
    }
  }
}

}  // namespace
