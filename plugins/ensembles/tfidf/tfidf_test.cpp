// ensemble:tfidf on documents of a few words, with idf and cosines worked out by hand.
#include "plugins/ensemble_support.hpp"

using namespace btx_test;

TEST_CASE("tfidf: it chooses the member whose training words are nearest") {
  const auto chosen = fitted("tfidf", three_members());
  CHECK(chosen->interval() == 64);
  CHECK(chosen->needs_documents());
  CHECK(!chosen->needs_log_probabilities());
  CHECK(chosen->weights({"A ship, a wave."}, {}) == Weights{1, 0, 0});
  CHECK(chosen->weights({"CLOUD bird"}, {}) == Weights{0, 1, 0});
  CHECK(chosen->weights({"the road to town"}, {}) == Weights{0, 0, 1});
}

TEST_CASE("tfidf: it averages the best members alike, or by cosine") {
  EnsembleFit fit;
  fit.members = {{"a", "a"}, {"b", "b"}, {"c", "c"}};
  fit.documents = {{"x"}, {"x y"}, {"z"}};
  CHECK(fitted("tfidf", fit, R"({"top_k":2})")->weights({"x"}, {}) == Weights{0.5, 0.5, 0});
  CHECK(fitted("tfidf", fit, R"({"top_k":2,"every":8})")->interval() == 8);
  // idf: x ln(4/3) + 1, y and z ln 2 + 1.
  const double x = std::log(4.0 / 3) + 1, y = std::log(2.0) + 1;
  const double cosine = x / std::sqrt(x * x + y * y);
  check_near(fitted("tfidf", fit, R"({"top_k":2,"weighting":"cosine"})")->weights({"x x"}, {}),
             {1 / (1 + cosine), cosine / (1 + cosine), 0});
  check_near(fitted("tfidf", fit, R"({"top_k":3})")->weights({"z"}, {}),
             {1.0 / 3, 1.0 / 3, 1.0 / 3});
}

TEST_CASE("tfidf: text without a known word, as at the beginning, speaks for no member") {
  EnsembleFit fit;
  fit.members = {{"a", "a"}, {"b", "b"}, {"c", "c"}};
  fit.documents = {{"x"}, {"y z"}, {"x y z"}};
  const auto chosen = fitted("tfidf", fit);
  check_near(chosen->weights({""}, {}), Weights(3, 1.0 / 3));
  check_near(chosen->weights({"12 unheard-of"}, {}), Weights(3, 1.0 / 3));
}

TEST_CASE("tfidf: it knows the words of most documents") {
  EnsembleFit fit;
  fit.members = {{"a", "a"}, {"b", "b"}};
  fit.documents = {{"x y", "x \xc3\xa9t\xc3\xa9"}, {"x \xc3\xa9t\xc3\xa9 z"}};
  const auto two = fitted("tfidf", fit, R"({"max_terms":2})");
  CHECK(two->weights({"z"}, {}) == two->weights({""}, {}));
  const auto all = fitted("tfidf", fit, R"({"max_terms":0})");
  CHECK(all->weights({"z"}, {}) == Weights{0, 1});
  CHECK(all->weights({"y"}, {}) == Weights{1, 0});
}

TEST_CASE("tfidf: it says what it cannot fit") {
  EnsembleFit fit = three_members();
  const auto refusal = [&](const std::string& params) {
    const Caught result = caught([&] { bare_component<Ensemble>("tfidf", params)->fit(fit); });
    CHECK(result.code == ExitCode::usage);
    return result.message;
  };
  CHECK(refusal(R"({"top_k":4})") == "top_k is 4, but there are 3 members");
  fit.documents[1] = {};
  CHECK(contains(refusal("{}"), "member 'birds' needs training documents"));
}

TEST_CASE("tfidf: a state that is not its own is refused") {
  const std::string words = bare_component<Ensemble>("tfidf")->fit(three_members());
  for (const std::string& state :
       {std::string(), std::string("no JSON"), std::string("[]"), std::string("{}"),
        std::string(R"({"ensemble":"tfidf","members":["a"],"weights":{},"means":[{},{}]})"),
        std::string(R"({"ensemble":"tfidf","members":["a"],"weights":{},"means":7})")}) {
    CAPTURE(state);
    CHECK(contains(error_of([&] { bare_component<Ensemble>("tfidf")->restore(state); }),
                   "fit it again"));
  }
  const std::string many = "\"" + std::string(50'000, 'x') + "\\q\"";
  CHECK(error_of([&] { bare_component<Ensemble>("tfidf")->restore(many); }).size() < 200);
  CHECK(contains(
      error_of([&] { bare_component<Ensemble>("tfidf", R"({"top_k":4})")->restore(words); }),
      "top_k is 4"));
}
