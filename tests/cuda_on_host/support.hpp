#pragma once
// Arrays for the kernels, and what they must equal: a formula in float64, the same bits in both
// orders of the threads and for arrays that are only aligned to their elements.
#include "cuda/kernels.hpp"
#include "cuda_on_host/cuda_on_host.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

namespace cuda_test {

using btx::cuda::Type;
using Values = std::vector<double>;
using Index = std::int64_t;

/// n numbers about as large as `size`, the same for the same seed.
inline Values random_values(Index n, unsigned seed, double size = 1) {
  std::minstd_rand generator(seed + 1);
  const auto range = static_cast<double>(std::minstd_rand::max());
  Values values(static_cast<std::size_t>(n));
  for (double& value : values) value = size * (static_cast<double>(generator()) / range * 4 - 2);
  return values;
}

/// An array that begins `shift` elements after an address aligned to 16 bytes. AddressSanitizer
/// sees what is read or written beyond its end.
template <class T>
class Array {
 public:
  explicit Array(std::size_t n, Index shift = 0) : shift_(shift), items_(n + shift_) {}
  explicit Array(const std::vector<T>& values, Index shift = 0) : Array(values.size(), shift) {
    std::copy(values.begin(), values.end(), data());
  }
  T* data() { return items_.data() + shift_; }
  std::vector<T> values() const { return {items_.begin() + shift_, items_.end()}; }
  bool operator==(const Array& other) const {
    return items_.size() == other.items_.size() &&
           (items_.empty() ||
            std::memcmp(items_.data(), other.items_.data(), items_.size() * sizeof(T)) == 0);
  }

 private:
  Index shift_ = 0;
  std::vector<T> items_;
};

using Floats = Array<float>;

inline Floats floats(const Values& values, Index shift = 0) {
  return Floats(std::vector<float>(values.begin(), values.end()), shift);
}
inline Values wide(const Floats& array) {
  const auto values = array.values();
  return {values.begin(), values.end()};
}

/// An array of Type.
class Typed {
 public:
  Typed(Type type, const Values& values, Index shift = 0) : type_(type), narrow_(0), wide_(0) {
    if (type == Type::float32) {
      wide_ = floats(values, shift);
      return;
    }
    std::vector<std::uint16_t> bits;
    for (const double one : values) {
      bits.push_back(__float2bfloat16_rn(static_cast<float>(one)).bits);
    }
    narrow_ = Array<std::uint16_t>(bits, shift);
  }
  /// Of n elements, none of them written yet.
  Typed(Type type, Index n, Index shift = 0)
      : Typed(type, Values(static_cast<std::size_t>(n), -77), shift) {}
  void* data() {
    return type_ == Type::float32 ? static_cast<void*>(wide_.data()) : narrow_.data();
  }
  Values values() const {
    if (type_ == Type::float32) return wide(wide_);
    Values made;
    for (const std::uint16_t bits : narrow_.values()) {
      made.push_back(__uint_as_float(std::uint32_t{bits} << 16));
    }
    return made;
  }
  bool operator==(const Typed& other) const {
    return narrow_ == other.narrow_ && wide_ == other.wide_;
  }

 private:
  Type type_;
  Array<std::uint16_t> narrow_;
  Floats wide_;
};

/// How far values of Type may be from the formula, relative to their size and to `size`.
inline double tolerance(Type type) {
  return type == Type::float32 ? 2e-5 : 8e-3;
}

/// The greatest difference, relative to max(|want|, size); infinite where one of them is not a
/// number or the counts differ.
inline double difference(const Values& got, const Values& want, double size = 1) {
  if (got.size() != want.size()) return INFINITY;
  double greatest = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double error = std::abs(got[i] - want[i]) / std::max(std::abs(want[i]), size);
    if (!(error <= greatest)) greatest = std::isnan(error) ? INFINITY : error;
  }
  return greatest;
}

/// run() with the threads in one order and in the other: the same bits.
template <class Run>
auto in_both_orders(Run&& run) {
  cuda_on_host::block.backwards = false;
  auto first = run();
  cuda_on_host::block.backwards = true;
  auto second = run();
  CHECK(first == second);
  return first;
}

/// f(type, shift) for both types, and for arrays that are aligned and that are not.
template <class F>
void for_each_kind(F&& f) {
  for (const Type type : {Type::float32, Type::bfloat16}) {
    for (const Index shift : {0, 1}) {
      CAPTURE(static_cast<int>(type));
      CAPTURE(shift);
      f(type, shift);
    }
  }
}

inline std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}
inline double silu(double x) {
  return x / (1 + std::exp(-x));
}
inline Values softmax(const Values& x) {
  const double top = *std::max_element(x.begin(), x.end());
  Values out;
  double sum = 0;
  for (const double one : x) sum += out.emplace_back(std::exp(one - top));
  for (double& one : out) one /= sum;
  return out;
}

}  // namespace cuda_test
