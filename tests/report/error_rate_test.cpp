// How often paired t over seeds is wrong: A against A, and against a planted difference.
#include "error_rates.hpp"

using btx_test::any_verdict;
using btx_test::kLevel;
using btx_test::kSimulations;
using btx_test::Numbers;

namespace {

/// The difference of two results of one seed each, which both vary by 0.01.
std::vector<double> seed_differences(Numbers& numbers, int seeds, double planted) {
  std::vector<double> differences;
  for (int i = 0; i < seeds; ++i) {
    differences.push_back(planted + 0.01 * (numbers.normal() - numbers.normal()));
  }
  return differences;
}

/// Two models on `items` questions: every seed of either answers each at random, right with
/// probability 1/2 (or 1/2 + planted); of the others, beside these, both know the answer.
struct Quiz {
  int items = 100, others = 0;
  double step() const { return 1.0 / (items + others); }

  std::vector<double> differences(Numbers& numbers, int seeds, double planted = 0) const {
    std::vector<double> all;
    for (int seed = 0; seed < seeds; ++seed) {
      int right = 0;
      for (int i = 0; i < items; ++i) {
        right += numbers.uniform() < 0.5 + planted ? 1 : 0;
        right -= numbers.uniform() < 0.5 ? 1 : 0;
      }
      all.push_back(right * step());
    }
    return all;
  }

  /// Of tables of ten rows, those with a verdict that is wrong.
  int wrong_tables(int seeds, double known_step) const {
    int wrong = 0;
    for (int i = 0; i < kSimulations; ++i) {
      Numbers numbers("quiz", i);
      std::vector<double> p;
      for (int row = 0; row < 10; ++row) {
        const auto found = differences(numbers, seeds);
        const auto t = btx::paired_t(found, kLevel, known_step);
        p.push_back(t ? t->p : btx::mean_of(found) == 0 ? 1 : 0);
      }
      wrong += any_verdict(p) ? 1 : 0;
    }
    return wrong;
  }
};

}  // namespace

TEST_CASE("A against A: paired t over five seeds errs in 5 % of the cases") {
  int rejected = 0;
  for (int i = 0; i < kSimulations; ++i) {
    Numbers numbers("seeds", i);
    const auto interval = *btx::paired_t(seed_differences(numbers, 5, 0), kLevel);
    CHECK(btx_test::excludes_zero(interval) == (interval.p < 1 - kLevel));
    rejected += btx_test::has_verdict(interval) ? 1 : 0;
  }
  btx_test::check_5_percent(rejected);
}

TEST_CASE("A against A in tables of six rows: Holm errs in at most 5 % of the tables") {
  int wrong = 0;
  for (int i = 0; i < kSimulations; ++i) {
    Numbers numbers("tables", i);
    std::vector<double> p;
    for (int row = 0; row < 6; ++row) {
      p.push_back(btx::paired_t(seed_differences(numbers, 4, 0), kLevel)->p);
    }
    wrong += any_verdict(p) ? 1 : 0;
  }
  btx_test::check_at_most_5_percent(wrong);
}

// Accuracies are multiples of 1 / items, so that those of two seeds are often equal.
TEST_CASE("A against A: accuracies err in at most 5 % of the tables of ten rows") {
  for (const Quiz& quiz : {Quiz{20}, Quiz{100}, Quiz{1, 99}, Quiz{4, 96}}) {
    for (const int seeds : {2, 3, 5}) {
      CAPTURE(quiz.items);
      CAPTURE(seeds);
      btx_test::check_at_most_5_percent(quiz.wrong_tables(seeds, quiz.step()));
    }
  }
  const int without = Quiz{100}.wrong_tables(2, 0);
  MESSAGE("two seeds, 100 items, as if accuracies had no step: ", without);
  CHECK(without > 250);
}

TEST_CASE("a planted difference is found") {
  int by_bits = 0, by_accuracy = 0, without_step = 0;
  for (int i = 0; i < 100; ++i) {
    Numbers numbers("planted", i);
    const auto found = btx::paired_t(seed_differences(numbers, 5, 0.05), kLevel);
    by_bits += btx_test::excludes_zero(*found) ? 1 : 0;
    const auto right = Quiz{200}.differences(numbers, 5, 0.1);
    by_accuracy += btx_test::excludes_zero(*btx::paired_t(right, kLevel, 1 / 200.0)) ? 1 : 0;
    without_step += btx_test::excludes_zero(*btx::paired_t(right, kLevel)) ? 1 : 0;
  }
  CHECK(by_bits >= 95);
  CHECK(by_accuracy >= 90);
  CHECK(by_accuracy >= without_step - 1);
}
