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
  const bool at_once = rows <= btx::cuda::kSortAtOnce && experts <= btx::cuda::kSortAtOnceExperts;
  CHECK(btx_cuda_sort_by_expert(nullptr, in.data(), rows, experts, made.order.data(),
                                made.place.data(), made.ends.data(),
                                at_once ? nullptr : counts.data()) == 0);
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

/// Some of none and some beyond the last.
std::vector<std::int64_t> random_slots(std::size_t rows, Index experts) {
  std::mt19937 generator(7);
  std::vector<std::int64_t> slots(rows);
  for (auto& slot : slots) {
    slot = static_cast<Index>(generator() % static_cast<unsigned>(experts + 3)) - 1;
  }
  return slots;
}

TEST_CASE("slots of random experts, some of none and some beyond the last") {
  for (const Index experts : {1, 3, 5, 6, 7, 255, 256, 257, 600}) {
    for (const std::size_t rows : {0, 1, 3, 31, 255, 256, 257, 1000, 1024, 1025, 2100}) {
      CAPTURE(experts);
      CAPTURE(rows);
      check_sorted(random_slots(rows, experts), experts);
    }
  }
}

TEST_CASE("as many slots as one block sorts, and one more") {
  for (const Index experts : {2, 8, 256, 257}) {
    for (const Index rows :
         {btx::cuda::kSortAtOnce - 33, btx::cuda::kSortAtOnce, btx::cuda::kSortAtOnce + 1}) {
      CAPTURE(experts);
      CAPTURE(rows);
      check_sorted(random_slots(at(rows), experts), experts);
    }
  }
}

TEST_CASE("all of one expert, or of none") {
  for (const std::int64_t expert : {-1, 0, 4, 99, 299}) {
    for (const Index experts : {5, 100, 300}) {
      for (const std::size_t rows : {700, 16384, 17000}) {
        check_sorted(std::vector<std::int64_t>(rows, expert), experts);
      }
    }
  }
}

TEST_CASE("slots beyond 32 bits are of no expert") {
  check_sorted({std::int64_t{1} << 32, 1, (std::int64_t{1} << 32) + 1, 0, -(std::int64_t{1} << 32)},
               2);
}

TEST_CASE("more blocks than a block has threads") {
  std::vector<std::int64_t> slots(70000);
  for (std::size_t i = 0; i < slots.size(); ++i) slots[i] = static_cast<Index>(i * 7 % 4) - 1;
  check_sorted(slots, 3);
}

}  // namespace
