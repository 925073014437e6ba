#include <btx/random.hpp>

#include <doctest/doctest.h>

#include <set>
#include <utility>

TEST_CASE("philox gives the published known answers") {
  // Random123's kat_vectors, philox4x32-10.
  CHECK(btx::philox(0, 0) ==
        std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(btx::philox(0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff) ==
        std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(btx::philox(0x299f31d0a4093822, 0x85a308d3243f6a88, 0x0370734413198a2e) ==
        std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("permute visits every index once") {
  for (const std::uint64_t size : {1, 2, 3, 17, 64, 1000}) {
    std::set<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < size; ++i) seen.insert(btx::permute(42, size, i));
    CHECK(seen.size() == size);
    CHECK(*seen.rbegin() == size - 1);
  }
}

TEST_CASE("normal numbers have mean 0 and variance 1") {
  double sum = 0;
  double squares = 0;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    const double x = btx::random_normal(7, static_cast<std::uint64_t>(i));
    sum += x;
    squares += x * x;
  }
  CHECK(sum / kDraws == doctest::Approx(0.0).epsilon(0.03));
  CHECK(squares / kDraws == doctest::Approx(1.0).epsilon(0.03));
}

TEST_CASE("purposes have keys of their own") {
  CHECK(btx::random_key(1, "expert/math") != btx::random_key(1, "expert/code"));
  CHECK(btx::random_key(1, "expert/math") != btx::random_key(2, "expert/math"));
}

TEST_CASE("the largest uniform number is below 1, so that its logarithm is not zero") {
  // Counters at which philox draws 24 ones.
  for (const auto& [key, counter] : {std::pair{3, 2350790}, {4, 2598792}, {6, 3639448}}) {
    const auto k = static_cast<std::uint64_t>(key);
    const auto c = static_cast<std::uint64_t>(counter);
    REQUIRE((btx::philox(k, c)[0] >> 8) == 0xffffff);
    CHECK(btx::random_uniform(k, c) < 1.0F);
    CHECK(btx::random_uniform(k, c) > 0.9999999F);
  }
}
