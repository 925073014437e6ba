// Random numbers against the host's, bit for bit.
#include "cuda_on_host/support.hpp"

#include <btx/random.hpp>

#include <limits>

namespace {

using namespace cuda_test;

Floats uniform(std::uint64_t key, const std::vector<std::int64_t>& index, Index columns,
               Index shift) {
  Array<std::int64_t> in(index, shift);
  Floats out(index.size() * at(columns), shift);
  CHECK(btx_cuda_uniform(nullptr, key, in.data(), static_cast<Index>(index.size()), columns,
                         out.data()) == 0);
  return out;
}

TEST_CASE("uniform") {
  using Limits = std::numeric_limits<std::int64_t>;
  std::vector<std::int64_t> index = {
      0, 1, -1, -77, 1LL << 32, (1LL << 40) + 3, Limits::max(), Limits::min()};
  for (Index i = 0; i < 292; ++i) index.push_back(i * 1000003);
  for (const std::uint64_t key : {std::uint64_t{0}, std::uint64_t{1} << 32, ~std::uint64_t{0},
                                  btx::random_key(5, "routing noise")}) {
    for (const Index columns : {0, 1, 2, 3, 8, 33, 129}) {
      for (const std::size_t rows :
           {std::size_t{0}, std::size_t{1}, std::size_t{37}, index.size()}) {
        const std::vector<std::int64_t> some(index.begin(),
                                             index.begin() + static_cast<std::ptrdiff_t>(rows));
        std::vector<float> want;
        for (const std::int64_t one : some) {
          for (Index i = 0; i < columns; ++i) {
            want.push_back(btx::random_uniform(
                key, static_cast<std::uint64_t>(one) * static_cast<std::uint64_t>(columns) +
                         static_cast<std::uint64_t>(i)));
          }
        }
        const Floats got = in_both_orders([&] { return uniform(key, some, columns, 0); });
        CHECK(got.values() == want);
        CHECK(uniform(key, some, columns, 1).values() == want);
      }
    }
  }
}

TEST_CASE("the greatest 24 bits, which round to 1, give the number before it") {
  constexpr std::int64_t kCounter = 38471471;
  REQUIRE((btx::philox(0, kCounter)[0] >> 8) == 0xFFFFFF);
  CHECK(uniform(0, {kCounter}, 1, 0).values() == std::vector<float>{1 - 0x1p-24F});
}

}  // namespace
