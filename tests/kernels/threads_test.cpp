// The work of the CPU's operations is shared between threads, and the bits are those of one thread.
#include "kernels/support.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/outer.h>
#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

std::vector<at::Tensor> results(int threads) {
  at::set_num_threads(threads);
  const Ops& ops = cpu_ops();
  const at::Tensor x = leaf({1500, 64}, 1), wide = leaf({1500, 96}, 2), qkv = leaf({400, 96}, 3);
  const Weight norm = weight(leaf({64}, 4), at::kFloat);
  const at::Tensor angles = at::outer(at::arange(100, at::kFloat), at::arange(8, at::kFloat));
  std::vector<at::Tensor> all =
      output_and_gradients([&] { return ops.rms_norm(x, norm, 1e-5); }, {x, norm.master}, 5);
  const auto add = [&](const std::vector<at::Tensor>& more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  add(output_and_gradients([&] { return ops.swiglu(wide); }, {wide}, 6));
  add(output_and_gradients(
      [&] {
        return ops.attention(qkv, {4, 4, 1, 16}, angles.cos(), angles.sin());
      },
      {qkv}, 7));
  all.push_back(ops.sum_of_squares(leaf({200'000}, 8).detach()));
  return all;
}

}  // namespace

TEST_CASE("three threads compute the bits of one") {
  const auto one = results(1);
  const auto three = results(3);
  REQUIRE(one.size() == three.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    CAPTURE(i);
    CHECK(at::equal(one[i], three[i]));
  }
}
