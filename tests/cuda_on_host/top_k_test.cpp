// The choice of a token's experts, with both softmaxes.
#include "cuda_on_host/support.hpp"

#include <limits>
#include <numeric>

namespace {

using namespace cuda_test;

using Slots = Array<std::int64_t>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Shape {
  Index rows, experts, k;
};
const Shape kShapes[] = {{0, 4, 2},   {1, 1, 1},     {37, 2, 1},    {37, 2, 2},    {300, 3, 2},
                         {37, 4, 4},  {300, 8, 2},   {37, 13, 3},   {37, 16, 16},  {37, 33, 5},
                         {37, 64, 8}, {300, 64, 2},  {7, 128, 128}, {37, 129, 8},  {3, 300, 300},
                         {3, 513, 4}, {2, 1000, 77}, {1, 4096, 3},  {1, 8192, 600}};

/// Some numbers come twice, so that there are ties.
Floats scores_of(const Shape& of, Index shift) {
  Values scores = random_values(of.rows * of.experts, 1, 3);
  for (std::size_t i = 0; i + 5 < scores.size(); i += 3) scores[i] = scores[i + 2];
  return floats(scores, shift);
}

struct Chosen {
  Slots slots;
  Floats weights, probabilities;
  bool operator==(const Chosen&) const = default;
};

/// bias may be empty: none.
Chosen choose(Floats scores, const Values& bias, const Shape& of, Index shift, bool alone = false) {
  Floats added = floats(bias, shift);
  Chosen made{Slots(at(of.rows * of.k), shift), Floats(at(of.rows * of.k), shift),
              Floats(at(of.rows * of.experts), shift)};
  CHECK(btx_cuda_top_k(nullptr, scores.data(), bias.empty() ? nullptr : added.data(), of.rows,
                       of.experts, of.k, made.slots.data(), alone ? nullptr : made.weights.data(),
                       alone ? nullptr : made.probabilities.data()) == 0);
  return made;
}

/// The first k by greatest score + bias, which is added as floats are.
std::vector<std::int64_t> first_of(const float* scores, const Values& bias, const Shape& of) {
  std::vector<std::int64_t> order(at(of.experts));
  std::iota(order.begin(), order.end(), 0);
  const auto biased = [&](std::int64_t i) {
    return bias.empty() ? scores[i] : scores[i] + static_cast<float>(bias[at(i)]);
  };
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
    const float x = biased(a), y = biased(b);
    return (std::isnan(x) && !std::isnan(y)) || x > y;
  });
  order.resize(at(of.k));
  return order;
}

void check_choice(Floats scores, const Values& bias, const Shape& of, Index shift) {
  const Chosen got = in_both_orders([&] { return choose(scores, bias, of, shift); });
  CHECK(choose(scores, bias, of, shift, true).slots == got.slots);
  std::vector<std::int64_t> slots;
  Values weights, probabilities;
  for (Index row = 0; row < of.rows; ++row) {
    const float* x = scores.data() + row * of.experts;
    Values chosen;
    for (const auto slot : first_of(x, bias, of)) {
      slots.push_back(slot);
      chosen.push_back(x[slot]);
    }
    for (const double one : softmax(chosen)) weights.push_back(one);
    for (const double one : softmax({x, x + of.experts})) probabilities.push_back(one);
  }
  CHECK(got.slots.values() == slots);
  CHECK(difference(wide(got.weights), weights, 1e-3) < 1e-5);
  CHECK(difference(wide(got.probabilities), probabilities, 1e-3) < 1e-5);
}

TEST_CASE("top_k") {
  for (const Shape& of : kShapes) {
    for (const Index shift : {0, 1}) {
      CAPTURE(of.rows);
      CAPTURE(of.experts);
      CAPTURE(of.k);
      check_choice(scores_of(of, shift), {}, of, shift);
      check_choice(scores_of(of, shift), random_values(of.experts, 2, 2), of, shift);
    }
  }
}

TEST_CASE("every k of some numbers of experts") {
  for (const Index experts : {3, 5, 33, 65}) {
    for (Index k = 1; k <= experts; ++k) {
      check_choice(scores_of({9, experts, k}, 0), {}, {9, experts, k}, 0);
    }
  }
}

TEST_CASE("of equal scores the first, zeros of both signs among them; a NaN before all others") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto slots = [](const Values& scores, const Values& bias, Index k) {
    const auto experts = static_cast<Index>(scores.size());
    return in_both_orders([&] {
             return choose(floats(scores), bias, {1, experts, k}, 0, true);
           })
        .slots.values();
  };
  using Want = std::vector<std::int64_t>;
  CHECK(slots(Values(9, 0.5), {}, 9) == Want{0, 1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(slots({-0.0, 0.0, -0.0, 0.0}, {}, 4) == Want{0, 1, 2, 3});
  CHECK(slots({-0.0, 0.0, -0.0, 0.0}, Values(4, -0.0), 4) == Want{0, 1, 2, 3});
  CHECK(slots({1, kNaN, kInfinity, -kNaN, -kInfinity}, {}, 5) == Want{1, 3, 2, 0, 4});
  CHECK(slots(Values(5, -kInfinity), {}, 5) == Want{0, 1, 2, 3, 4});
  CHECK(slots(Values(40, kNaN), {}, 3) == Want{0, 1, 2});
  CHECK(slots({3, 2, 1}, {0, 1, 2.5}, 3) == Want{2, 0, 1});
  CHECK(slots({3, 2, 1}, {0, kNaN, -kInfinity}, 3) == Want{1, 0, 2});
  Values far(700, -1);
  far[3] = far[650] = 1e-40;  // not a normal number
  CHECK(slots(far, {}, 3) == Want{3, 650, 0});
}

TEST_CASE("softmaxes of scores that are not finite") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto softmaxes = [](const Values& scores) {
    const Chosen got = choose(floats(scores), {}, {1, 3, 2}, 0);
    return std::pair{wide(got.weights), wide(got.probabilities)};
  };
  const auto [weights, probabilities] = softmaxes({-kInfinity, 1, -kInfinity});
  CHECK(weights == Values{1, 0});
  CHECK(probabilities == Values{0, 1, 0});
  for (const Values& bad : {Values(3, -kInfinity), Values{0, kInfinity, 0}, Values{1, 2, kNaN}}) {
    const auto [w, p] = softmaxes(bad);
    CHECK(std::all_of(p.begin(), p.end(), [](double one) { return std::isnan(one); }));
    CHECK(std::any_of(w.begin(), w.end(), [](double one) { return std::isnan(one); }));
  }
}

TEST_CASE("more experts than a block can hold is an error") {
  const Index experts = btx::cuda::kMostExperts + 1;
  Floats scores(at(experts));
  Slots slots(1);
  CHECK(btx_cuda_top_k(nullptr, scores.data(), nullptr, 1, experts, 1, slots.data(), nullptr,
                       nullptr) != 0);
}

}  // namespace
