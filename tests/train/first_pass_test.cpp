// Which balances need the means of a whole step before its gradients, and so a pass more.
#include "train/small_run.hpp"

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

using Named = std::vector<std::pair<std::string, std::string>>;

bool needed(const Named& named, BalanceScope scope = BalanceScope::global) {
  return balances_of(named, scope).needs_first_pass();
}

/// Whether a training of two steps says that it had such passes.
bool had(const Named& named, std::int64_t micro_batch) {
  TrainConfig config = small_training();
  config.tokens = 2 * config.batch_tokens;
  config.micro_batch = micro_batch;
  SmallRun run(
      config, 3, [](const std::string& /*name*/) { return true; }, balances_of(named));
  return run.train(btx_test::scratch("first-pass")).first_pass;
}

}  // namespace

TEST_CASE("a balance needs a first pass if its weighted loss depends on the step's means") {
  CHECK(needed({{"btx", R"({"alpha":0.1})"}}));
  CHECK(!needed({{"btx", R"({"alpha":0})"}}));
  CHECK(!needed({{"loss_free", "{}"}}));
  CHECK(!needed({{"z_loss", R"({"alpha":0.1})"}}));
  CHECK(needed({{"loss_free", "{}"}, {"z_loss", "{}"}, {"btx", R"({"alpha":0.1})"}}));
  CHECK(!needed({}));
  for (const auto scope : {BalanceScope::sequence, BalanceScope::micro_batch}) {
    CHECK(!needed({{"btx", R"({"alpha":0.1})"}}, scope));
  }
}

TEST_CASE("a training had a first pass if a balance needs one and steps have several parts") {
  const Named balanced = {{"btx", R"({"alpha":0.1})"}};
  CHECK(had(balanced, 2));
  CHECK(!had(balanced, 4));
  CHECK(!had({{"btx", R"({"alpha":0})"}}, 2));
  CHECK(!had({{"loss_free", "{}"}}, 2));
}
