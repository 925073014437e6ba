// What a token gets depends on its own text alone: not on the other choices of its item, not on
// other items, not on how many go through the model together, nor in which order. A router for
// which that is not so is refused in scoring by name.
#include "contract/mixtures.hpp"
#include "eval/byte_model.hpp"
#include "eval/generation/decoder_text.hpp"
#include "eval/score.hpp"
#include "model_spec/router_info.hpp"

#include <algorithm>
#include <cmath>

using namespace btx;
using namespace btx_test;

namespace {

using Losses = std::vector<std::vector<double>>;

struct Named {
  std::string router, params;
};

/// Every router as it is, and those whose parameters change what it does outside training.
std::vector<Named> all_routers() {
  std::vector<Named> all;
  for (const auto& name : names_of("router")) all.push_back({name, "{}"});
  all.push_back({"sample_top_k", R"({"inference_choice": "draw"})"});
  all.push_back({"sample_top_k", R"({"inference_choice": "draw", "inference_weight": "soft"})"});
  all.push_back({"switch", R"({"capacity_in_evaluation": true, "capacity_factor": 1.0})"});
  all.push_back({"switch", R"({"capacity_in_evaluation": true, "capacity_scope": "micro_batch"})"});
  return all;
}

std::vector<Request> items() {
  const std::string context = "the quick brown fox";
  return {{context, " jumps"},
          {context, " a"},
          {context, " lazy"},
          {"some other words", " and more of them"},
          {"", "a document of its own, longer than a window"},
          {"", "short one"}};
}

/// Losses of the first item's first choice, and of the documents, whatever is around them.
void check(const Decoder& decoder) {
  const auto requests = items();
  const auto losses = [&](const std::vector<Request>& some, std::int64_t batch) {
    return token_losses(decoder, byte_tokenizer(), some, {32, batch});
  };
  const auto near = [](const std::vector<double>& a, const std::vector<double>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](double x, double y) { return std::abs(x - y) < 2e-5; });
  };
  const Losses together = losses(requests, 16);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    CAPTURE(i);
    CHECK(near(losses({requests[i]}, 16)[0], together[i]));
  }
  for (const std::int64_t batch : {1, 2, 3}) {
    const Losses other = losses(requests, batch);
    for (std::size_t i = 0; i < requests.size(); ++i) CHECK(near(other[i], together[i]));
  }
  auto turned = requests;
  std::reverse(turned.begin(), turned.end());
  const Losses backwards = losses(turned, 16);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    CHECK(near(backwards[requests.size() - 1 - i], together[i]));
  }
  const Losses others = losses({requests[0], {requests[0].context, " other words here"}}, 16);
  CHECK(near(others[0], together[0]));
}

/// The log-probabilities of the next token with and without another text beside.
void check_generation(const Decoder& decoder) {
  const NextToken::Ids a = {97, 98, 99, 100}, b = {101, 102, 103, 104, 105, 106, 107};
  DecoderText alone(decoder), beside(decoder);
  at::Tensor one = alone.start({a}), two = beside.start({b, a});
  for (int step = 0; step < 3; ++step) {
    CHECK((one[0] - two[1]).abs().max().item<float>() < 2e-5F);
    one = alone.next({110 + step});
    two = beside.next({50, 110 + step});
  }
}

}  // namespace

TEST_CASE("a token's probability depends on its own text alone, or the router is refused by name") {
  ModelConfig config = tiny_config();
  config.vocab_size = 257;
  config.context = 32;
  config.hidden_size = 8;
  config.ffn_size = 8;
  const auto models = three("independence", config);
  std::vector<std::string> refused;
  for (const auto& [name, parameters] : all_routers()) {
    const std::string router = name, params = parameters;  // a macro cannot have bindings
    INFO(router << " " << params);
    const LoadedModel model =
        mixture(models, router, Granularity::ffn, from_json(params, "the test's parameters"));
    try {
      check_scorable(model.config, "the model");
    } catch (const Error& error) {
      CHECK(error.code() == ExitCode::usage);
      CHECK(contains(error.what(), "router '" + router + "'"));
      refused.push_back(router);
      continue;
    }
    check(*model.decoder);
    check_generation(*model.decoder);
  }
  const std::vector<std::string> expected = {"expert_choice", "switch", "switch"};
  CHECK(refused == expected);
}
