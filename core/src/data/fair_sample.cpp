#include "data/fair_sample.hpp"

#include <btx/random.hpp>

#include <algorithm>
#include <numeric>

namespace btx {

std::vector<std::int64_t> smallest(const std::vector<std::uint64_t>& hashes, std::int64_t wanted) {
  std::vector<std::int64_t> chosen(hashes.size());
  std::iota(chosen.begin(), chosen.end(), 0);
  const auto by_hash = [&](std::int64_t a, std::int64_t b) {
    const auto left = hashes[static_cast<std::size_t>(a)];
    const auto right = hashes[static_cast<std::size_t>(b)];
    return left != right ? left < right : a < b;
  };
  const auto count = std::min<std::size_t>(chosen.size(), static_cast<std::size_t>(wanted));
  std::nth_element(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(count),
                   chosen.end(), by_hash);
  chosen.resize(count);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::vector<std::int64_t> fair_sample(std::int64_t total, std::int64_t wanted) {
  const std::uint64_t key = random_key(0, "fair sample");
  std::vector<std::uint64_t> hashes;
  for (std::int64_t i = 0; i < total; ++i) {
    const auto bits = philox(key, static_cast<std::uint64_t>(i));
    hashes.push_back(static_cast<std::uint64_t>(bits[0]) << 32U | bits[1]);
  }
  return smallest(hashes, wanted);
}

}  // namespace btx
