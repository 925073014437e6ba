// Ensembles, on texts of a few words.

#include "plugin/component.hpp"
#include "plugin/loader.hpp"
#include "support.hpp"

#include <btx/ensemble.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace btx;
using namespace btx_test;

namespace {

using Weights = std::vector<double>;
using Logs = std::vector<std::vector<double>>;

constexpr double kNever = -std::numeric_limits<double>::infinity();

/// A new one, not restored.
std::shared_ptr<Ensemble> ensemble(const std::string& name, const std::string& params = "{}") {
  load_plugin(fs::path(BTX_BUILD_DIR) / "plugins" / ("ensemble_" + name + ".so"));
  const auto [object, who] = make_untyped(Ensemble::kKind, name, from_json(params, "the test"));
  return std::static_pointer_cast<Ensemble>(object);
}

std::shared_ptr<Ensemble> fitted(const std::string& name, const EnsembleFit& fit,
                                 const std::string& params = "{}") {
  auto made = ensemble(name, params);
  made->restore(made->fit(fit));
  return made;
}

EnsembleFit three_members() {
  EnsembleFit fit;
  fit.members = {{"ships", "sea"}, {"birds", "sky"}, {"seed", ""}};
  fit.documents = {{"ship wave ship", "Wave! SHIP"}, {"bird cloud"}, {"ship bird", "road town"}};
  fit.dev_loss = {{1, 1 + std::log(3.0), 500}, {9, 9, 500}};
  return fit;
}

void check_near(const Weights& got, const Weights& wanted) {
  REQUIRE(got.size() == wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - wanted[i]) < 1e-9);
}

}  // namespace

TEST_CASE("tfidf chooses the member whose training words are nearest") {
  const auto chosen = fitted("tfidf", three_members());
  CHECK(chosen->interval() == 64);
  CHECK(chosen->needs_documents());
  CHECK(!chosen->needs_log_probabilities());
  CHECK(chosen->weights("A ship, a wave.", {}) == Weights{1, 0, 0});
  CHECK(chosen->weights("CLOUD bird", {}) == Weights{0, 1, 0});
  CHECK(chosen->weights("the road to town", {}) == Weights{0, 0, 1});
}

TEST_CASE("tfidf averages the best members alike, or by cosine") {
  EnsembleFit fit;
  fit.members = {{"a", "a"}, {"b", "b"}, {"c", "c"}};
  fit.documents = {{"x"}, {"x y"}, {"z"}};
  CHECK(fitted("tfidf", fit, R"({"top_k":2})")->weights("x", {}) == Weights{0.5, 0.5, 0});
  CHECK(fitted("tfidf", fit, R"({"top_k":2,"every":8})")->interval() == 8);
  // idf: x ln(4/3) + 1, y and z ln 2 + 1.
  const double x = std::log(4.0 / 3) + 1, y = std::log(2.0) + 1;
  const double cosine = x / std::sqrt(x * x + y * y);
  check_near(fitted("tfidf", fit, R"({"top_k":2,"weighting":"cosine"})")->weights("x x", {}),
             {1 / (1 + cosine), cosine / (1 + cosine), 0});
  check_near(fitted("tfidf", fit, R"({"top_k":3})")->weights("z", {}), {1.0 / 3, 1.0 / 3, 1.0 / 3});
}

TEST_CASE("tfidf takes text without a known word for the middle of all training text") {
  EnsembleFit fit;
  fit.members = {{"a", "a"}, {"b", "b"}, {"c", "c"}};
  fit.documents = {{"x"}, {"y z"}, {"x y z"}};
  const auto chosen = fitted("tfidf", fit);
  CHECK(chosen->weights("", {}) == Weights{0, 0, 1});
  CHECK(chosen->weights("12 unheard-of", {}) == Weights{0, 0, 1});
}

TEST_CASE("tfidf knows the words of most documents") {
  EnsembleFit fit;
  fit.members = {{"a", "a"}, {"b", "b"}};
  fit.documents = {{"x y", "x \xc3\xa9t\xc3\xa9"}, {"x \xc3\xa9t\xc3\xa9 z"}};
  const auto two = fitted("tfidf", fit, R"({"max_terms":2})");
  CHECK(two->weights("z", {}) == two->weights("", {}));
  const auto all = fitted("tfidf", fit, R"({"max_terms":0})");
  CHECK(all->weights("z", {}) == Weights{0, 1});
  CHECK(all->weights("y", {}) == Weights{1, 0});
}

TEST_CASE("tfidf says what it cannot fit") {
  EnsembleFit fit = three_members();
  const auto refusal = [&](const std::string& params) {
    const Caught result = caught([&] { ensemble("tfidf", params)->fit(fit); });
    CHECK(result.code == ExitCode::usage);
    return result.message;
  };
  CHECK(refusal(R"({"top_k":4})") == "top_k is 4, but there are 3 members");
  fit.documents[1] = {};
  CHECK(contains(refusal("{}"), "member 'birds' needs training documents"));
}

TEST_CASE("the posterior follows what the members found probable") {
  const auto bayes = fitted("posterior", three_members());
  CHECK(bayes->interval() == 1);
  CHECK(bayes->needs_log_probabilities());
  CHECK(fitted("posterior", three_members(), R"({"every":16})")->interval() == 16);
  check_near(bayes->weights("", Logs(3)), {1.0 / 3, 1.0 / 3, 1.0 / 3});
  const double half = std::log(0.5), quarter = std::log(0.25);
  check_near(bayes->weights("ab", Logs{{half, half}, {half, quarter}, {quarter, quarter}}),
             {4.0 / 7, 2.0 / 7, 1.0 / 7});
  // A long text: e^-4000 and e^-4001 both underflow.
  const Logs far = {Weights(4000, -1.0), Weights(4000, -1.00025), Weights(4000, -3.0)};
  const double e = std::exp(-1.0);
  check_near(bayes->weights("long", far), {1 / (1 + e), e / (1 + e), 0});
  // A member that rules the text out, and all of them.
  check_near(bayes->weights("a", Logs{{kNever}, {half}, {half}}), {0, 0.5, 0.5});
  check_near(bayes->weights("a", Logs{{kNever}, {kNever}, {kNever}}), {1.0 / 3, 1.0 / 3, 1.0 / 3});
}

TEST_CASE("the posterior's largest weights stay") {
  const Logs logs = {{std::log(0.2)}, {std::log(0.5)}, {std::log(0.3)}};
  const auto keep = [&](const std::string& params) {
    return fitted("posterior", three_members(), params)->weights("a", logs);
  };
  check_near(keep(R"({"top_k":2})"), {0, 0.625, 0.375});
  check_near(keep(R"({"top_k":1})"), {0, 1, 0});
  check_near(keep(R"({"top_k":3})"), {0.2, 0.5, 0.3});
  CHECK(contains(error_of([&] { keep(R"({"top_k":4})"); }), "top_k is 4"));
}

TEST_CASE("the cached prior is the mean posterior of dev documents") {
  CHECK(ensemble("posterior", R"({"prior":"cached"})")->needs_dev_loss());
  CHECK(!ensemble("posterior")->needs_dev_loss());
  const auto cached = fitted("posterior", three_members(), R"({"prior":"cached"})");
  check_near(cached->weights("", Logs(3)), {0.625, 0.375, 0});  // of (3/4, 1/4) and (1/2, 1/2)
  check_near(cached->weights("a", Logs{{std::log(0.3)}, {std::log(0.5)}, {-1}}), {0.5, 0.5, 0});
  EnsembleFit fit = three_members();
  fit.dev_loss = {};
  const Caught result = caught([&] { fitted("posterior", fit, R"({"prior":"cached"})"); });
  CHECK(result.code == ExitCode::usage);
  CHECK(contains(result.message, "needs dev text"));
}

TEST_CASE("the updating prior forgets") {
  EnsembleFit fit = three_members();
  fit.members.resize(2);
  const double half = std::log(0.5), quarter = std::log(0.25);
  const Logs logs = {{half, quarter}, {quarter, quarter}};
  // After the first token the posterior is 2/3, the weight 0.5 (1/2) + 0.5 (2/3) = 7/12.
  check_near(fitted("posterior", fit, R"({"prior":"updating","decay":0.5})")->weights("ab", logs),
             {7.0 / 12, 5.0 / 12});
  const Logs longer = {Weights(30, half), Weights(30, quarter)};
  check_near(fitted("posterior", fit, R"({"prior":"updating","decay":0})")->weights("", longer),
             fitted("posterior", fit)->weights("", longer));
  check_near(fitted("posterior", fit, R"({"prior":"updating","decay":1})")->weights("", longer),
             {0.5, 0.5});
  // What was ruled out comes back.
  Logs back = {{kNever}, {half}};
  back[0].resize(20, half);
  back[1].resize(20, quarter);
  CHECK(fitted("posterior", fit, R"({"prior":"updating"})")->weights("", back)[0] > 0.9);
  CHECK(fitted("posterior", fit)->weights("", back)[0] == 0);
}

TEST_CASE("a state that is not an ensemble's own is refused") {
  const EnsembleFit fit = three_members();
  const std::string words = ensemble("tfidf")->fit(fit);
  const std::string prior = ensemble("posterior")->fit(fit);
  for (const std::string& state :
       {std::string(), std::string("no JSON"), std::string("[]"), std::string("{}"), prior,
        std::string(R"({"ensemble":"tfidf","members":["a"],"weights":{},"means":[{},{}]})"),
        std::string(R"({"ensemble":"tfidf","members":["a"],"weights":{},"means":7})")}) {
    CAPTURE(state);
    CHECK(contains(error_of([&] { ensemble("tfidf")->restore(state); }), "fit it again"));
  }
  for (const std::string& state :
       {std::string("{"), words,
        std::string(R"({"ensemble":"posterior","members":["a"],"prior":[0.5,0.5]})"),
        std::string(R"({"ensemble":"posterior","members":["a","b"],"prior":[2,-1]})"),
        std::string(R"({"ensemble":"posterior","members":["a","b"],"prior":[0.5,null]})")}) {
    CAPTURE(state);
    CHECK(contains(error_of([&] { ensemble("posterior")->restore(state); }), "fit it again"));
  }
  CHECK(contains(error_of([&] { ensemble("tfidf", R"({"top_k":4})")->restore(words); }),
                 "top_k is 4"));
}
