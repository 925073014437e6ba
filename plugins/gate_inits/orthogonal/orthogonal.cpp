// Rows at right angles, so that no expert starts with another one's tokens.
#include <btx/gate_init.hpp>
#include <btx/plugin.hpp>
#include <btx/random.hpp>

#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <span>

namespace {

/// Takes the part along the earlier rows out of `row`, and makes it as long as 1.
void orthonormalise(std::span<const double> earlier, std::span<double> row) {
  for (int pass = 0; pass < 2; ++pass) {  // what rounding leaves of the first goes in the second
    for (std::size_t at = 0; at < earlier.size(); at += row.size()) {
      const double along = std::inner_product(row.begin(), row.end(), earlier.begin() + at, 0.0);
      for (std::size_t i = 0; i < row.size(); ++i) row[i] -= along * earlier[at + i];
    }
    const double length = std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0));
    for (double& value : row) value /= length;
  }
}

class Orthogonal final : public btx::GateInit {
 public:
  struct Config {
    double scale = 1;
    void fields(btx::Fields& f) { f("scale", scale, "length of each row", {.min = 0}); }
  };

  explicit Orthogonal(const Config& config) : scale_(config.scale) {}

  std::vector<float> weights(const btx::GateSite& site,
                             const btx::GateProbe* /*probe*/) const override {
    const auto width = static_cast<std::size_t>(site.width);
    if (site.experts.size() > width) {
      throw btx::Error(
          btx::ExitCode::usage,
          fmt::format("{} rows of {} numbers cannot be orthogonal; choose another gate "
                      "initialisation",
                      site.experts.size(), width));
    }
    std::vector<double> rows(site.experts.size() * width);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = btx::random_normal(site.key, i);
    for (std::size_t at = 0; at < rows.size(); at += width) {
      const std::span<double> all(rows);
      orthonormalise(all.first(at), all.subspan(at, width));
    }
    std::vector<float> gate;
    for (const double value : rows) gate.push_back(static_cast<float>(scale_ * value));
    return gate;
  }

 private:
  double scale_;
};

}  // namespace

BTX_PLUGIN("gate_orthogonal", "0.1.0", registrar) {
  registrar.add<btx::GateInit, Orthogonal>("orthogonal", "rows at right angles, of equal length");
}
