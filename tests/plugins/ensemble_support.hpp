#pragma once
// Ensembles, fitted to texts of a few words.

#include "plugins/load.hpp"

#include <btx/ensemble.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

namespace btx_test {

using namespace btx;
using Weights = std::vector<double>;

/// Fitted, and restored from its state as text.
inline std::shared_ptr<Ensemble> fitted(const std::string& name, const EnsembleFit& fit,
                                        const std::string& params = "{}") {
  auto made = bare_component<Ensemble>(name, params);
  made->restore(made->fit(fit));
  return made;
}

/// Two members with a domain of their own, and a seed that has none and predicts badly.
inline EnsembleFit three_members() {
  EnsembleFit fit;
  fit.members = {{"ships", "sea"}, {"birds", "sky"}, {"seed", ""}};
  fit.documents = {{"ship wave ship", "Wave! SHIP"}, {"bird cloud"}, {"ship bird", "road town"}};
  fit.dev_loss = {{1, 1 + std::log(3.0), 500}, {9, 9, 500}};
  fit.dev_domains = {"sea", "sky"};
  return fit;
}

inline void check_near(const Weights& got, const Weights& wanted) {
  REQUIRE(got.size() == wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - wanted[i]) < 1e-9);
}

}  // namespace btx_test
