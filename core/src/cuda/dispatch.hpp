#pragma once
// From what a call says at run time to a kernel's template arguments.
#include "cuda/kernels.hpp"
#include "cuda/launch.hpp"

#include <cstdint>
#include <initializer_list>

namespace btx::cuda {

/// Elements of type T, W at a time.
template <class T, int W>
struct Access {
  using Element = T;
  static constexpr int kWide = W;
};

inline bool aligned(std::initializer_list<const void*> arrays) {
  for (const void* array : arrays) {
    if (reinterpret_cast<std::uintptr_t>(array) % 16 != 0) return false;
  }
  return true;
}

template <class T, class F>
int with_width(std::int64_t width, std::initializer_list<const void*> arrays, F&& f) {
  constexpr int kWide = 16 / int{sizeof(T)};
  if (width % kWide == 0 && aligned(arrays)) return f(Access<T, kWide>{});
  return f(Access<T, 1>{});
}

/// f(Access) for rows of `width` elements: the widest that all of the arrays allow.
template <class F>
int with_access(Type type, std::int64_t width, std::initializer_list<const void*> arrays, F&& f) {
  if (type == Type::float32) return with_width<float>(width, arrays, f);
  return with_width<__nv_bfloat16>(width, arrays, f);
}

}  // namespace btx::cuda
