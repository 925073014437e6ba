// The gate that tells best, in least squares, how probable each expert is for a token of its
// domain. Source: DUME's closed-form router, W = (X^T X + lambda I)^-1 X^T Y.
#include "common/domains.hpp"

#include <btx/gate_init.hpp>
#include <btx/plugin.hpp>

#include <fmt/format.h>

#include <cmath>

namespace {

/// A symmetric positive matrix as U^T U; only the upper triangle is read and kept.
class Cholesky {
 public:
  Cholesky(std::vector<double> matrix, std::size_t size) : u_(std::move(matrix)), size_(size) {
    for (std::size_t i = 0; i < size_; ++i) {
      const double smallest = 1e-12 * at(i, i);  // what is left below is rounding
      for (std::size_t k = 0; k < i; ++k) subtract(at(k, i), k, i);
      if (!(at(i, i) > smallest)) {
        throw btx::Error(btx::ExitCode::usage,
                         "lambda: the hidden states of too few tokens were seen for so small a "
                         "value; raise it");
      }
      const double root = std::sqrt(at(i, i));
      for (std::size_t j = i; j < size_; ++j) at(i, j) /= root;
    }
  }

  /// Replaces b by the solution of (U^T U) x = b.
  void solve(std::vector<double>& b) const {
    for (std::size_t i = 0; i < size_; ++i) {
      b[i] /= at(i, i);
      for (std::size_t j = i + 1; j < size_; ++j) b[j] -= at(i, j) * b[i];
    }
    for (std::size_t i = size_; i-- > 0;) {
      for (std::size_t j = i + 1; j < size_; ++j) b[i] -= at(i, j) * b[j];
      b[i] /= at(i, i);
    }
  }

 private:
  /// Row i -= factor x row k, along contiguous memory.
  void subtract(double factor, std::size_t k, std::size_t i) {
    const double* from = &u_[k * size_];
    double* to = &u_[i * size_];
    for (std::size_t j = i; j < size_; ++j) to[j] -= factor * from[j];
  }
  double& at(std::size_t i, std::size_t j) { return u_[i * size_ + j]; }
  double at(std::size_t i, std::size_t j) const { return u_[i * size_ + j]; }

  std::vector<double> u_;
  std::size_t size_;
};

class Ridge final : public btx::GateInit {
 public:
  struct Config {
    double lambda = 0.01;
    double scale = 1;
    void fields(btx::Fields& f) {
      f("lambda", lambda, "regularisation / mean of the diagonal of X^T X", {.min = 0});
      f("scale", scale, "the solution is multiplied by it", {.min = 0});
    }
  };

  explicit Ridge(const Config& config) : config_(config) {}

  bool needs_probe() const override { return true; }

  std::vector<float> weights(const btx::GateSite& site,
                             const btx::GateProbe* probe) const override {
    const auto width = static_cast<std::size_t>(site.width);
    const auto shares = gate_inits::shares_of_experts(site, *probe);
    const Cholesky factors(regularised(*probe, width), width);
    std::vector<float> gate;
    for (const auto& mine : shares) {
      std::vector<double> row(width, 0.0);  // X^T y
      for (std::size_t domain = 0; domain < mine.size(); ++domain) {
        const double y = mine[domain] > 0 ? mine[domain] / sum_of(shares, domain) : 0;
        for (std::size_t i = 0; i < width; ++i) row[i] += y * probe->sums[domain * width + i];
      }
      factors.solve(row);
      for (const double value : row) gate.push_back(static_cast<float>(config_.scale * value));
    }
    return gate;
  }

 private:
  static double sum_of(const std::vector<std::vector<double>>& shares, std::size_t domain) {
    double sum = 0;
    for (const auto& expert : shares) sum += expert[domain];
    return sum;
  }

  std::vector<double> regularised(const btx::GateProbe& probe, std::size_t width) const {
    std::vector<double> matrix = probe.gram;
    double trace = 0;
    for (std::size_t i = 0; i < width; ++i) trace += matrix[i * width + i];
    for (std::size_t i = 0; i < width; ++i) {
      matrix[i * width + i] += config_.lambda * trace / static_cast<double>(width);
    }
    return matrix;
  }

  Config config_;
};

}  // namespace

BTX_PLUGIN("gate_ridge", "0.2.0", registrar) {
  registrar.add<btx::GateInit, Ridge>("ridge", "least squares of the expert on hidden states");
}
