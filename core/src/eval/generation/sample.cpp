#include "eval/generation/sample.hpp"

#include "eval/nan_error.hpp"

#include <btx/random.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace btx {
namespace {

/// Tokens by falling probability, those of equal probability by id, as far as the share of top_p
/// goes; weights[i] is that of tokens[i].
struct Nucleus {
  std::vector<std::int64_t> tokens;
  std::vector<double> weights;
};

Nucleus nucleus_of(const std::vector<double>& weights, double top_p) {
  Nucleus nucleus;
  nucleus.tokens.resize(weights.size());
  std::iota(nucleus.tokens.begin(), nucleus.tokens.end(), 0);
  std::stable_sort(
      nucleus.tokens.begin(), nucleus.tokens.end(), [&](std::int64_t a, std::int64_t b) {
        return weights[static_cast<std::size_t>(a)] > weights[static_cast<std::size_t>(b)];
      });
  const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
  double sum = 0;
  for (const std::int64_t token : nucleus.tokens) {
    if (sum >= top_p * all && !nucleus.weights.empty()) break;
    nucleus.weights.push_back(weights[static_cast<std::size_t>(token)]);
    sum += nucleus.weights.back();
  }
  return nucleus;
}

}  // namespace

std::int64_t sample(const at::Tensor& log_probabilities, const Sampling& sampling, std::size_t text,
                    std::size_t position) {
  const auto* row = log_probabilities.const_data_ptr<float>();
  const auto size = static_cast<std::size_t>(log_probabilities.numel());
  const auto likeliest = std::max_element(row, row + size) - row;
  if (std::isnan(row[likeliest])) throw nan_error();
  if (sampling.temperature == 0) return likeliest;
  std::vector<double> weights(size);
  for (std::size_t i = 0; i < size; ++i) {
    weights[i] = std::exp((static_cast<double>(row[i]) - static_cast<double>(row[likeliest])) /
                          sampling.temperature);
  }
  const Nucleus nucleus = nucleus_of(weights, sampling.top_p);
  const std::uint64_t key = random_key(sampling.seed, fmt::format("generate/{}", text));
  double left = static_cast<double>(random_uniform(key, position)) *
                std::accumulate(nucleus.weights.begin(), nucleus.weights.end(), 0.0);
  for (std::size_t i = 0; i + 1 < nucleus.weights.size(); ++i) {
    left -= nucleus.weights[i];
    if (left < 0) return nucleus.tokens[i];
  }
  return nucleus.tokens[nucleus.weights.size() - 1];
}

}  // namespace btx
