// sort_by_expert against std::stable_sort.
#include "cuda_on_host/support.hpp"

#include <numeric>

namespace {

using namespace cuda_test;

using Int = Array<std::int32_t>;

struct Sorted {
  Int order, place, ends;
  bool operator==(const Sorted&) const = default;
};

Sorted sorted(const std::vector<std::int64_t>& slots, Index experts) {
  const auto rows = static_cast<Index>(slots.size());
  const Index blocks = (rows + btx::cuda::kSortBlock - 1) / btx::cuda::kSortBlock;
  Array<std::int64_t> in(slots);
  Sorted made{Int(slots.size()), Int(slots.size()), Int(at(experts))};
  Int counts(at((blocks + 1) * (experts + 1)));
  CHECK(btx_cuda_sort_by_expert(nullptr, in.data(), rows, experts, made.order.data(),
                                made.place.data(), made.ends.data(), counts.data()) == 0);
  return made;
}

void check_sorted(const std::vector<std::int64_t>& slots, Index experts) {
  const Sorted got = in_both_orders([&] { return sorted(slots, experts); });
  const auto key = [&](std::int32_t i) {
    const std::int64_t slot = slots[at(i)];
    return slot < 0 || slot >= experts ? experts : slot;
  };
  std::vector<std::int32_t> order(slots.size()), place(slots.size()), ends;
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return key(a) < key(b); });
  for (std::size_t i = 0; i < order.size(); ++i) place[at(order[i])] = static_cast<std::int32_t>(i);
  for (Index expert = 0; expert < experts; ++expert) {
    ends.push_back(static_cast<std::int32_t>(
        std::count_if(order.begin(), order.end(), [&](auto i) { return key(i) <= expert; })));
  }
  CHECK(got.order.values() == order);
  CHECK(got.place.values() == place);
  CHECK(got.ends.values() == ends);
}

TEST_CASE("slots of random experts, some of none and some beyond the last") {
  for (const Index experts : {1, 3, 5, 255, 256, 300, 600}) {
    for (const std::size_t rows : {0, 1, 3, 255, 256, 257, 1000, 3 * 257}) {
      std::mt19937 generator(7);
      std::vector<std::int64_t> slots(rows);
      for (auto& slot : slots) {
        slot = static_cast<Index>(generator() % static_cast<unsigned>(experts + 3)) - 1;
      }
      CAPTURE(experts);
      CAPTURE(rows);
      check_sorted(slots, experts);
    }
  }
}

TEST_CASE("all of one expert, or of none") {
  for (const std::int64_t expert : {-1, 0, 4}) {
    check_sorted(std::vector<std::int64_t>(700, expert), 5);
  }
}

TEST_CASE("more blocks than a block has threads") {
  std::vector<std::int64_t> slots(70000);
  for (std::size_t i = 0; i < slots.size(); ++i) slots[i] = static_cast<Index>(i * 7 % 4) - 1;
  check_sorted(slots, 3);
}

}  // namespace
