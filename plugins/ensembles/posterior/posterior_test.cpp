// ensemble:posterior with probabilities of which the posterior can be worked out by hand.
#include "plugins/ensemble_support.hpp"

#include <limits>

using namespace btx_test;

namespace {

using Logs = std::vector<std::vector<double>>;

constexpr double kNever = -std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("posterior: the posterior follows what the members found probable") {
  const auto bayes = fitted("posterior", three_members());
  CHECK(bayes->interval() == 1);
  CHECK(bayes->needs_log_probabilities());
  CHECK(fitted("posterior", three_members(), R"({"every":16})")->interval() == 16);
  check_near(bayes->weights({""}, Logs(3)), {1.0 / 3, 1.0 / 3, 1.0 / 3});
  const double half = std::log(0.5), quarter = std::log(0.25);
  check_near(bayes->weights({"ab"}, Logs{{half, half}, {half, quarter}, {quarter, quarter}}),
             {4.0 / 7, 2.0 / 7, 1.0 / 7});
  // A long text: e^-4000 and e^-4001 both underflow.
  const Logs far = {Weights(4000, -1.0), Weights(4000, -1.00025), Weights(4000, -3.0)};
  const double e = std::exp(-1.0);
  check_near(bayes->weights({"long"}, far), {1 / (1 + e), e / (1 + e), 0});
  // A member that rules the text out, and all of them.
  check_near(bayes->weights({"a"}, Logs{{kNever}, {half}, {half}}), {0, 0.5, 0.5});
  check_near(bayes->weights({"a"}, Logs{{kNever}, {kNever}, {kNever}}),
             {1.0 / 3, 1.0 / 3, 1.0 / 3});
}

TEST_CASE("posterior: the posterior's largest weights stay") {
  const Logs logs = {{std::log(0.2)}, {std::log(0.5)}, {std::log(0.3)}};
  const auto keep = [&](const std::string& params) {
    return fitted("posterior", three_members(), params)->weights({"a"}, logs);
  };
  check_near(keep(R"({"top_k":2})"), {0, 0.625, 0.375});
  check_near(keep(R"({"top_k":1})"), {0, 1, 0});
  check_near(keep(R"({"top_k":3})"), {0.2, 0.5, 0.3});
  CHECK(contains(error_of([&] { keep(R"({"top_k":4})"); }), "top_k is 4"));
}

TEST_CASE("posterior: the cached prior is the mean posterior of dev documents") {
  CHECK(bare_component<Ensemble>("posterior", R"({"prior":"cached"})")->needs_dev_loss());
  CHECK(!bare_component<Ensemble>("posterior")->needs_dev_loss());
  const auto cached = fitted("posterior", three_members(), R"({"prior":"cached"})");
  check_near(cached->weights({""}, Logs(3)), {0.625, 0.375, 0});  // of (3/4, 1/4) and (1/2, 1/2)
  check_near(cached->weights({"a"}, Logs{{std::log(0.3)}, {std::log(0.5)}, {-1}}), {0.5, 0.5, 0});
  EnsembleFit fit = three_members();
  fit.dev_loss = {};
  const Caught result = caught([&] { fitted("posterior", fit, R"({"prior":"cached"})"); });
  CHECK(result.code == ExitCode::usage);
  CHECK(contains(result.message, "needs dev text"));
}

TEST_CASE("posterior: the updating prior is a moving mean of the posteriors so far") {
  EnsembleFit fit = three_members();
  fit.members.resize(2);
  const double half = std::log(0.5), quarter = std::log(0.25);
  const auto weights = [&](const std::string& decay, const Logs& logs) {
    const std::string params = R"({"prior":"updating","decay":)" + decay + "}";
    return fitted("posterior", fit, params)->weights({""}, logs);
  };
  CHECK(weights("0.3", Logs(2)) == Weights{0.5, 0.5});
  check_near(weights("0.3", {{half}, {quarter}}), {2.0 / 3, 1.0 / 3});
  // The prior of the second token is 0.5 (1/2, 1/2) + (2/3, 1/3) = (11, 7) / 12; the likelihood of
  // both tokens is as 2 to 1.
  check_near(weights("0.5", {{half, quarter}, {quarter, quarter}}), {22.0 / 29, 7.0 / 29});
  // Without the older ones the prior is the posterior: 2 to 1, times 4 to 1.
  check_near(weights("0", {{half, half}, {quarter, quarter}}), {8.0 / 9, 1.0 / 9});
}

TEST_CASE("posterior: the cached prior is that of the domain that is scored") {
  const auto cached = fitted("posterior", three_members(), R"({"prior":"cached"})");
  check_near(cached->weights({"", "sea"}, Logs(3)), {0.75, 0.25, 0});
  check_near(cached->weights({"", "sky"}, Logs(3)), {0.5, 0.5, 0});
  check_near(cached->weights({"", "fog"}, Logs(3)), {0.625, 0.375, 0});
}

TEST_CASE(
    "posterior: a domain with many dev documents weighs as one with few where none is known") {
  EnsembleFit fit = three_members();
  for (int more = 0; more < 6; ++more) {
    fit.dev_loss.push_back(fit.dev_loss[0]);
    fit.dev_domains.emplace_back("sea");
  }
  const auto cached = fitted("posterior", fit, R"({"prior":"cached"})");
  check_near(cached->weights({""}, Logs(3)), {0.625, 0.375, 0});
}

TEST_CASE("posterior: a member that explained no dev document is still chosen where it is right") {
  EnsembleFit fit = three_members();
  for (auto& losses : fit.dev_loss) losses = {1.0, 2.0, 5000.0};
  const auto cached = fitted("posterior", fit, R"({"prior":"cached"})");
  const auto before = cached->weights({"", "sea"}, Logs(3));
  CHECK(before[2] == doctest::Approx(1e-12).epsilon(0.01));
  CHECK(cached->weights({"", "sea"}, Logs{{-40}, {-40}, {-1}})[2] > 0.999);
}

TEST_CASE("posterior: a state that is not its own is refused") {
  for (const std::string& state :
       {std::string("{"),
        std::string(R"({"ensemble":"tfidf","members":["a","b"],"priors":{"":[0.5,0.5]}})"),
        std::string(R"({"ensemble":"posterior","members":["a"],"priors":{"":[0.5,0.5]}})"),
        std::string(R"({"ensemble":"posterior","members":["a","b"],"priors":{"":[2,-1]}})"),
        std::string(R"({"ensemble":"posterior","members":["a","b"],"priors":{"a":[0.5,0.5]}})"),
        std::string(R"({"ensemble":"posterior","members":["a","b"],"priors":{"":[0.5,null]}})")}) {
    CAPTURE(state);
    CHECK(contains(error_of([&] { bare_component<Ensemble>("posterior")->restore(state); }),
                   "fit it again"));
  }
}
