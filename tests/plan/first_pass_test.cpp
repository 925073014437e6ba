// FLOPs that are planned for a training whose balances need the means of a whole step.
#include "plan/recipe.hpp"

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

/// FLOPs of finetuning with these settings of the router, in steps of five micro-batches.
double flops(const std::string& router, const std::string& changes = "") {
  return planned(changes + "[router]\n" + router).find("finetune").estimate.flops;
}

}  // namespace

TEST_CASE("a first pass is planned for balances that need the step's means, and for no others") {
  const double without = flops("balance = { btx = { alpha = 0 } }");
  const double with = flops("balance = { btx = { alpha = 0.1 } }");
  // Of 2000 tokens: each layer's matrices, one expert, gate of three and norms; attention over 10.
  const double forward = 2 * 2 * (4 * 8 * 8 + 3 * 8 * 16 + 3 * 8 + 2 * 8) + 2 * 4 * 8 * 10;
  CHECK(with == doctest::Approx(without + 2000 * forward));
  CHECK(flops("balance = { btx = { alpha = 0 }, loss_free = {}, z_loss = { alpha = 0.1 } }") ==
        without);
  CHECK(flops("balance_scope = \"sequence\"\nbalance = { btx = { alpha = 0.1 } }") == without);
  CHECK(flops("balance = { btx = { alpha = 0.1 } }", "train = { micro_batch = 10 }\n") == without);
}
