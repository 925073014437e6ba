// Random numbers of a device are those of the host.
#include <ATen/ops/empty.h>  // before doctest's header: LibTorch has a CHECK of its own

#include "model/device_random.hpp"

#include <btx/random.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace btx;

TEST_CASE("uniform numbers of a tensor of counters are those of the counters, bit for bit") {
  std::vector<std::uint64_t> counters;
  for (std::uint64_t i = 0; i < 1000; ++i) counters.push_back(i);
  for (unsigned bit = 10; bit < 64; ++bit) {
    counters.push_back(std::uint64_t{1} << bit);
    counters.push_back(~(std::uint64_t{1} << bit));
  }
  at::Tensor all = at::empty({static_cast<std::int64_t>(counters.size())}, at::kLong);
  for (std::size_t i = 0; i < counters.size(); ++i) {
    all.data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(counters[i]);
  }
  for (const std::uint64_t key : {std::uint64_t{0}, random_key(3, "noise"), ~std::uint64_t{0}}) {
    const at::Tensor found = uniform_of(key, all);
    REQUIRE((found.scalar_type() == at::kFloat));
    int different = 0;
    for (std::size_t i = 0; i < counters.size(); ++i) {
      different += found.const_data_ptr<float>()[i] != random_uniform(key, counters[i]) ? 1 : 0;
    }
    CHECK(different == 0);
  }
}
