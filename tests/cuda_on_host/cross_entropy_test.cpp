// cross_entropy, its gradient, and logits that are not finite.
#include "cuda_on_host/support.hpp"

#include <limits>

namespace {

using namespace cuda_test;

struct Result {
  Floats loss;
  Typed logits;
  bool operator==(const Result&) const = default;
};

Result run(Type type, const Values& values, std::vector<std::int64_t> targets, Index shift,
           bool gradient) {
  const auto rows = static_cast<Index>(targets.size());
  const Index vocabulary = rows == 0 ? 7 : static_cast<Index>(values.size()) / rows;
  Result made{Floats(targets.size()), Typed(type, values, shift)};
  CHECK(btx_cuda_cross_entropy(nullptr, type, made.logits.data(), targets.data(), rows, vocabulary,
                               gradient, made.loss.data()) == 0);
  return made;
}

/// Every third row has no target.
std::vector<std::int64_t> targets_of(Index rows, Index vocabulary) {
  std::vector<std::int64_t> targets;
  for (Index row = 0; row < rows; ++row) {
    targets.push_back(row % 3 == 1 ? -1 : (row * 31 + vocabulary - 1) % vocabulary);
  }
  return targets;
}

/// The loss, and the gradient in place of x.
Values formula(Values& x, const std::vector<std::int64_t>& targets, Index vocabulary) {
  Values losses;
  for (std::size_t row = 0; row < targets.size(); ++row) {
    double* logits = x.data() + row * at(vocabulary);
    if (targets[row] < 0) {
      losses.push_back(0);
      std::fill_n(logits, vocabulary, 0);
      continue;
    }
    const double top = *std::max_element(logits, logits + vocabulary);
    double sum = 0;
    for (Index i = 0; i < vocabulary; ++i) sum += std::exp(logits[i] - top);
    losses.push_back(std::log(sum) + top - logits[targets[row]]);
    for (Index i = 0; i < vocabulary; ++i) logits[i] = std::exp(logits[i] - top) / sum;
    logits[targets[row]] -= 1;
  }
  return losses;
}

void check_shape(Type type, Index rows, Index vocabulary, Index shift) {
  const Values values = random_values(rows * vocabulary, 1, 4);
  const auto targets = targets_of(rows, vocabulary);
  Values want = Typed(type, values).values();
  const Values before = want, losses = formula(want, targets, vocabulary);
  const Result got = in_both_orders([&] { return run(type, values, targets, shift, true); });
  CHECK(difference(wide(got.loss), losses) < 1e-5);
  CHECK(difference(got.logits.values(), want, 0.01) < tolerance(type));
  const Result plain = run(type, values, targets, shift, false);
  CHECK(plain.loss == got.loss);
  CHECK(plain.logits.values() == before);
}

TEST_CASE("cross_entropy") {
  for_each_kind([](Type type, Index shift) {
    for (const Index rows : {0, 1, 3, 257}) {
      for (const Index vocabulary : {1, 7, 8, 301}) check_shape(type, rows, vocabulary, shift);
    }
    check_shape(type, 3, 5000, shift);
    check_shape(type, 2, 40008, shift);
    check_shape(type, 1, 100001, shift);
  });
}

TEST_CASE("a logit that is not finite gives a loss that is not") {
  for_each_kind([](Type type, Index shift) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    for (const double bad : {kInfinity, -kInfinity, std::numeric_limits<double>::quiet_NaN()}) {
      for (const Index vocabulary : {7, 304, 5000}) {
        for (const Index where : {Index{0}, Index{3}, vocabulary - 1}) {
          Values values = random_values(2 * vocabulary, 1, 4);
          values[at(where)] = bad;
          const auto loss = wide(run(type, values, {3, 3}, shift, true).loss);
          CHECK(!std::isfinite(loss[0]));
          CHECK(std::isfinite(loss[1]));
        }
      }
    }
    CHECK(!std::isfinite(wide(run(type, Values(40, -INFINITY), {3}, shift, true).loss)[0]));
    CHECK(!std::isfinite(wide(run(type, Values(40, NAN), {3}, shift, true).loss)[0]));
  });
}

TEST_CASE("a row without a target may hold anything") {
  const Result got = run(Type::float32, Values(16, NAN), {-1, -1}, 0, true);
  CHECK(wide(got.loss) == Values(2, 0));
  CHECK(got.logits.values() == Values(16, 0));
}

}  // namespace
