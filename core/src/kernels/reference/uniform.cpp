// Philox 4x32-10 of base/random.cpp on tensors, so that a device needs no kernel for it.
#include "kernels/reference/routing.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/zeros_like.h>

#include <array>

namespace btx::reference {
namespace {

constexpr std::int64_t kMultiplier0 = 0xD2511F53;
constexpr std::int64_t kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9;
constexpr std::uint32_t kWeyl1 = 0xBB67AE85;
constexpr std::int64_t kLow = 0xFFFFFFFF;

/// The upper 32 of 64 bits.
at::Tensor upper(const at::Tensor& x) {
  return x.__rshift__(32).bitwise_and_(kLow);
}

/// The first of four 32-bit numbers for each counter, in int64. Products wrap as unsigned ones do.
at::Tensor philox_of(std::uint64_t key, const at::Tensor& counters) {
  const at::Tensor zero = at::zeros_like(counters);
  std::array<at::Tensor, 4> c = {counters.bitwise_and(kLow), upper(counters), zero, zero};
  auto k0 = static_cast<std::uint32_t>(key);
  auto k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const at::Tensor p0 = c[0] * kMultiplier0;
    const at::Tensor p1 = c[2] * kMultiplier1;
    c = {upper(p1).bitwise_xor_(c[1]).bitwise_xor_(static_cast<std::int64_t>(k0)),
         p1.bitwise_and(kLow),
         upper(p0).bitwise_xor_(c[3]).bitwise_xor_(static_cast<std::int64_t>(k1)),
         p0.bitwise_and(kLow)};
    k0 += kWeyl0;
    k1 += kWeyl1;
  }
  return c[0];
}

}  // namespace

at::Tensor uniform(std::uint64_t key, const at::Tensor& index, std::int64_t columns) {
  const at::Tensor column = at::arange(columns, index.options());
  const at::Tensor counters = index.unsqueeze(1) * columns + column;
  const at::Tensor bits = philox_of(key, counters).__rshift__(8);
  return bits.to(at::kFloat).add_(0.5).mul_(0x1p-24).clamp_max_(1 - 0x1p-24);
}

}  // namespace btx::reference
