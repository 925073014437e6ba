// Drop-Upcycling: copies of one dense model's FFNs, in each of which a random part of the
// intermediate numbers starts anew.
// Source: arXiv:2502.19261, section 3.
#include "common/copies.hpp"

#include <btx/merge_strategy.hpp>
#include <btx/plugin.hpp>
#include <btx/random.hpp>

#include <fmt/format.h>

#include <cmath>

namespace {

/// Which of a matrix's elements belong to dropped intermediate numbers: its rows, or its columns.
struct Dropped {
  std::vector<bool> intermediate;  ///< [F]
  std::size_t columns = 0;         ///< of the matrix
  bool by_column = false;

  bool at(std::size_t element) const {
    return intermediate[by_column ? element % columns : element / columns];
  }
};

/// Normal numbers with the mean and deviation of what they replace.
void redraw(std::span<const float> matrix, const Dropped& dropped, std::uint64_t key,
            std::span<float> output) {
  double count = 0, sum = 0, square = 0;
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    if (!dropped.at(i)) continue;
    ++count;
    sum += matrix[i];
  }
  const double mean = sum / count;
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    if (dropped.at(i)) square += (matrix[i] - mean) * (matrix[i] - mean);
  }
  const double deviation = std::sqrt(square / count);
  for (std::size_t i = 0; i < output.size(); ++i) {
    output[i] = dropped.at(i) ? static_cast<float>(mean + deviation * btx::random_normal(key, i))
                              : matrix[i];
  }
}

class DropUpcycle final : public btx::MergeStrategy {
 public:
  struct Config {
    std::int64_t experts = 4;
    double ratio = 0.5;
    void fields(btx::Fields& f) {
      f("experts", experts, "copies of each FFN", {.min = 1});
      f("ratio", ratio, "share of each copy's intermediate numbers that starts anew",
        {.min = 0, .max = 1});
    }
  };

  explicit DropUpcycle(const Config& config) : config_(config) {}

  btx::MixPlan plan(const btx::MergeInputs& inputs) const override {
    return merges::plan_copies(inputs, config_.experts, 1, [&](const merges::ExpertMatrix& matrix) {
      return origin(matrix, inputs.seed);
    });
  }

 private:
  btx::Origin origin(const merges::ExpertMatrix& matrix, std::uint64_t seed) const {
    const bool by_column = matrix.part == "down_proj";
    const std::int64_t ffn = matrix.source.shape[by_column ? 1 : 0];
    const auto count = static_cast<std::uint64_t>(config_.ratio * static_cast<double>(ffn));
    const btx::TensorRef from{0, matrix.source.name};
    if (count == 0) return btx::CopyOrigin{from};
    // The same indices for the three matrices of an expert.
    const std::uint64_t chosen =
        btx::random_key(seed, fmt::format("drop/{}/{}", matrix.layer, matrix.copy));
    Dropped dropped{std::vector<bool>(static_cast<std::size_t>(ffn), false),
                    static_cast<std::size_t>(matrix.source.shape[1]), by_column};
    for (std::uint64_t i = 0; i < count; ++i) {
      dropped.intermediate[btx::permute(chosen, static_cast<std::uint64_t>(ffn), i)] = true;
    }
    btx::FunctionOrigin origin;
    origin.from = {from};
    origin.elementwise = false;  // it needs mean and deviation of all that is replaced
    origin.apply = [dropped = std::move(dropped),
                    key = btx::random_key(seed, "drop/" + matrix.name)](
                       auto inputs, std::uint64_t /*index*/, std::span<float> output) {
      redraw(inputs[0], dropped, key, output);
    };
    return origin;
  }

  Config config_;
};

}  // namespace

BTX_PLUGIN("drop_upcycle", "0.1.0", registrar) {
  registrar.add<btx::MergeStrategy, DropUpcycle>(
      "drop_upcycle", "upcycling in which a part of every copy starts anew (Drop-Upcycling)");
}
