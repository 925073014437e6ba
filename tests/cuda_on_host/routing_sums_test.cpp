// The sums over each sequence's routings.
#include "cuda_on_host/routing_inputs.hpp"

namespace {

using namespace cuda_test;

Floats sums(Inputs in, Index shift, bool padded) {
  const Shape& of = in.of;
  const Index blocks = (of.tokens + btx::cuda::kSumTokens - 1) / btx::cuda::kSumTokens;
  Floats out(at(of.groups * of.columns()), shift);
  Floats partial(at(of.groups * blocks * of.columns()), shift);
  CHECK(btx_cuda_routing_sums(nullptr, in.slots.data(), of.chosen > 0 ? in.chosen.data() : nullptr,
                              in.weights.data(), in.probabilities.data(), in.logits.data(),
                              in.pads(padded), of.groups, of.tokens, of.experts, of.slots,
                              of.chosen, partial.data(), out.data()) == 0);
  return out;
}

Values formula(Inputs in, bool padded) {
  const Shape& of = in.of;
  Values out(at(of.groups * of.columns()));
  for (Index token = 0; token < of.rows(); ++token) {
    if (!in.counts(token, padded)) continue;
    double* to = out.data() + token / of.tokens * of.columns();
    const auto count = [&](Slots& slots, Index n, Index kind, Floats* weights) {
      for (Index i = token * n; i < (token + 1) * n; ++i) {
        const std::int64_t slot = slots.data()[i];
        if (slot < 0 || slot >= of.experts) continue;
        to[kind * of.experts + slot] += weights != nullptr ? weights->data()[i] : 1.0;
      }
    };
    count(in.slots, of.slots, 0, &in.weights);
    count(in.slots, of.slots, 2, nullptr);
    if (of.chosen > 0) count(in.chosen, of.chosen, 3, nullptr);
    if (of.chosen == 0) count(in.slots, of.slots, 3, nullptr);
    for (Index i = 0; i < of.experts; ++i) {
      to[of.experts + i] += in.probabilities.data()[token * of.experts + i];
    }
    to[4 * of.experts] += std::pow(log_sum(in, token), 2);
    to[4 * of.experts + 1] += 1;
  }
  return out;
}

TEST_CASE("routing_sums") {
  for (const Shape& of : kShapes) {
    for (const Index shift : {0, 1}) {
      for (const bool padded : {false, true}) {
        CAPTURE(of.tokens);
        CAPTURE(of.experts);
        const Inputs in(of, shift);
        const Floats got = in_both_orders([&] { return sums(in, shift, padded); });
        CHECK(difference(wide(got), formula(in, padded)) < 2e-5);
      }
    }
  }
}

TEST_CASE("what a padding token holds has no part in the sums") {
  const Shape of{2, 300, 8, 2, 0};
  Inputs in(of, 0);
  const Floats want = sums(in, 0, true);
  for (Index token = 0; token < of.rows(); ++token) {
    if (in.counts(token, true)) continue;
    for (Index i = 0; i < of.slots; ++i) in.weights.data()[token * of.slots + i] = NAN;
    for (Index i = 0; i < of.experts; ++i) {
      in.probabilities.data()[token * of.experts + i] = NAN;
      in.logits.data()[token * of.experts + i] = INFINITY;
    }
  }
  CHECK(sums(in, 0, true) == want);
}

TEST_CASE("z of logits that are not finite is as that of at::logsumexp") {
  const auto z = [](const std::vector<float>& logits) {
    Inputs in({1, 1, 3, 1, 0}, 0);
    in.logits = Floats(logits);
    return wide(sums(in, 0, false))[12];
  };
  CHECK(z({-INFINITY, 2, -INFINITY}) == doctest::Approx(4));
  CHECK(z({-INFINITY, -INFINITY, -INFINITY}) == INFINITY);
  CHECK(z({0, INFINITY, 0}) == INFINITY);
  CHECK(std::isnan(z({0, NAN, 0})));
  CHECK(z({300, 300, 300}) == doctest::Approx(std::pow(300 + std::log(3), 2)));
}

}  // namespace
