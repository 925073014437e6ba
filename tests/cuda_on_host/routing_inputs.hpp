#pragma once
// What routing_sums and its gradients are tested on.
#include "cuda_on_host/support.hpp"

namespace cuda_test {

using Slots = Array<std::int64_t>;
using Flags = std::vector<char>;  ///< as bool is stored

struct Shape {
  Index groups, tokens, experts, slots, chosen;
  Index rows() const { return groups * tokens; }
  Index columns() const { return 4 * experts + 2; }
};
/// chosen 0: none.
inline const Shape kShapes[] = {{0, 5, 3, 2, 0},    {3, 0, 3, 2, 2},     {1, 1, 1, 1, 0},
                                {1, 37, 2, 2, 1},   {37, 1, 3, 1, 0},    {2, 128, 4, 2, 3},
                                {1, 129, 4, 4, 4},  {3, 300, 8, 2, 0},   {2, 300, 33, 3, 2},
                                {2, 37, 64, 8, 0},  {1, 300, 128, 8, 8}, {2, 37, 129, 1, 2},
                                {1, 37, 300, 2, 0}, {2, 1300, 5, 2, 2},  {1, 10, 4, 0, 1}};

/// Experts, some of them -1 or beyond the last, some twice in a row.
inline std::vector<std::int64_t> random_slots(Index n, Index experts, unsigned seed) {
  std::minstd_rand generator(seed + 1);
  std::vector<std::int64_t> slots(at(n));
  for (auto& slot : slots) {
    slot = static_cast<Index>(generator() % static_cast<unsigned>(experts + 2)) - 1;
  }
  for (std::size_t i = 7; i < slots.size(); i += 11) slots[i] = std::int64_t{1} << 32;
  return slots;
}

struct Inputs {
  Shape of;
  Slots slots, chosen;
  Floats weights, probabilities, logits;
  Flags padding;
  Inputs(const Shape& shape, Index shift)
      : of(shape),
        slots(random_slots(of.rows() * of.slots, of.experts, 1), shift),
        chosen(random_slots(of.rows() * of.chosen, of.experts, 2), shift),
        weights(floats(random_values(of.rows() * of.slots, 3), shift)),
        probabilities(floats(random_values(of.rows() * of.experts, 4), shift)),
        logits(floats(random_values(of.rows() * of.experts, 5, 3), shift)) {
    for (Index i = 0; i < of.rows(); ++i) padding.push_back(i % 5 == 3 ? 1 : 0);
  }
  const bool* pads(bool padded) const {
    return padded ? reinterpret_cast<const bool*>(padding.data()) : nullptr;
  }
  bool counts(Index token, bool padded) const { return !padded || padding[at(token)] == 0; }
};

/// Log of the sum of exponentials of a token's logits.
inline double log_sum(Inputs& in, Index token) {
  const float* row = in.logits.data() + token * in.of.experts;
  double sum = 0;
  for (Index i = 0; i < in.of.experts; ++i) sum += std::exp(static_cast<double>(row[i]));
  return std::log(sum);
}

}  // namespace cuda_test
