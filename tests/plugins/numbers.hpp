#pragma once
// What many numbers look like together.

#include <cmath>
#include <numeric>
#include <vector>

namespace btx_test {

using Values = std::vector<float>;

inline double mean(const Values& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// The standard deviation.
inline double deviation(const Values& values) {
  const double middle = mean(values);
  double square = 0;
  for (const double v : values) square += (v - middle) * (v - middle);
  return std::sqrt(square / static_cast<double>(values.size()));
}

}  // namespace btx_test
