#include "contract/components.hpp"

#include <btx/ensemble.hpp>

#include <cmath>
#include <numeric>

using namespace btx;
using namespace btx_test;

namespace {

/// One that can still be restored.
std::shared_ptr<Ensemble> make(const std::string& name) {
  return std::static_pointer_cast<Ensemble>(make_untyped(Ensemble::kKind, name, {}).first);
}

EnsembleFit some_fit(std::size_t members) {
  EnsembleFit fit;
  for (std::size_t m = 0; m < members; ++m) {
    const std::string number = std::to_string(m);
    fit.members.push_back({"model" + number, m == 0 ? "" : "domain" + number});
    fit.documents.push_back({"the word w" + std::string(m + 1, 'x'), "the other word"});
  }
  for (std::size_t document = 0; document < 4; ++document) {
    fit.dev_domains.push_back(document < 2 ? "domain1" : "domain2");
    auto& losses = fit.dev_loss.emplace_back();
    for (std::size_t m = 0; m < members; ++m) {
      losses.push_back(100 + static_cast<double>((document + 3 * m) % 5));
    }
  }
  return fit;
}

/// Log-probabilities [members][tokens], or none where they are not needed.
std::vector<std::vector<double>> some_scores(const Ensemble& ensemble, std::size_t members,
                                             std::size_t tokens) {
  std::vector<std::vector<double>> scores(members);
  if (!ensemble.needs_log_probabilities()) return scores;
  for (std::size_t m = 0; m < members; ++m) {
    for (std::size_t t = 0; t < tokens; ++t) {
      scores[m].push_back(-1 - static_cast<double>((7 * t + 5 * m) % 11));
    }
  }
  return scores;
}

void check_weights(const std::vector<double>& weights, std::size_t members) {
  REQUIRE(weights.size() == members);
  for (const double weight : weights) {
    CHECK(std::isfinite(weight));
    CHECK(weight >= 0);
  }
  CHECK(std::accumulate(weights.begin(), weights.end(), 0.0) == doctest::Approx(1).epsilon(1e-9));
}

}  // namespace

TEST_CASE("an ensemble's weights sum to 1 at every length of text") {
  for (const auto& name : names_of("ensemble")) {
    CAPTURE(name);
    for (const std::size_t members : {1, 2, 5}) {
      const auto ensemble = make(name);
      CHECK(ensemble->interval() >= 1);
      ensemble->restore(ensemble->fit(some_fit(members)));
      std::string text;
      for (const std::size_t tokens : {0, 1, 64, 2000}) {
        text.resize(tokens, 'w');
        const auto scores = some_scores(*ensemble, members, tokens);
        check_weights(ensemble->weights({text}, scores), members);
        check_weights(ensemble->weights({text + " the wxx"}, scores), members);
      }
    }
  }
}

TEST_CASE("an ensemble is its state: fitted again or restored it weighs the same, to the bit") {
  for (const auto& name : names_of("ensemble")) {
    CAPTURE(name);
    const auto first = make(name);
    const auto second = make(name);
    const std::string state = first->fit(some_fit(3));
    CHECK(state == second->fit(some_fit(3)));
    first->restore(state);
    second->restore(state);
    const auto scores = some_scores(*first, 3, 40);
    const auto weights = first->weights({"another wxx text"}, scores);
    first->weights({""}, some_scores(*first, 3, 0));  // what it was asked before changes nothing
    CHECK(weights == first->weights({"another wxx text"}, scores));
    CHECK(weights == second->weights({"another wxx text"}, scores));
  }
}

TEST_CASE("an ensemble refuses a state that it did not write") {
  for (const auto& name : names_of("ensemble")) {
    CAPTURE(name);
    for (const char* state : {"", "not a state", "{}", "[1, 2]", "{\"members\": [\"a\"]}"}) {
      CHECK(!error_of([&] { make(name)->restore(state); }).empty());
    }
  }
}
