// Dev losses: what of a token file is read.
#include "train/mean_loss.hpp"
#include "data/fair_sample.hpp"
#include "kernels/ops.hpp"
#include "train/small_run.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/tensor.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace btx;
using namespace btx_test;

namespace {

constexpr std::int64_t kLength = 7;

/// The mean of the losses of these windows of a file, each read from a file of its own.
double loss_of_windows(const Decoder& decoder, const TokenFile& file,
                       const std::vector<std::int64_t>& windows) {
  double sum = 0;
  for (const auto window : windows) {
    std::vector<std::int64_t> ids(kLength + 1);
    file.copy(window * kLength, ids);
    const TokenFile alone = file_of("window", {ids.begin(), ids.end()});
    sum += mean_loss(decoder, alone, kLength, kLength, 1);
  }
  return sum / static_cast<double>(windows.size());
}

}  // namespace

TEST_CASE("a dev loss that reads half of the tokens reads windows from all of the file") {
  const SmallRun run(small_training());
  const TokenFile file = small_tokens("dev-windows", 40 * kLength + 1);
  const auto chosen = fair_sample(40, 20);
  REQUIRE(std::ranges::count_if(chosen, [](auto window) { return window >= 20; }) > 4);
  std::vector<std::int64_t> first(20);
  std::iota(first.begin(), first.end(), 0);
  const double loss = mean_loss(run.model.decoder, file, kLength, 20 * kLength, 3);
  CHECK(loss == doctest::Approx(loss_of_windows(run.model.decoder, file, chosen)).epsilon(1e-5));
  CHECK(std::abs(loss - loss_of_windows(run.model.decoder, file, first)) > 1e-3);
}

// bfloat16 has 8 bits, so that a logit of 3 would be rounded to steps of 1/64.
TEST_CASE("the dev loss of a bfloat16 model is of float32 logits") {
  const SmallModel model(0, at::kBFloat16, reference_ops());
  const TokenFile file = small_tokens("dev-bfloat16", kLength + 1);
  std::vector<std::int64_t> ids(kLength + 1);
  file.copy(0, ids);
  Batch batch;
  batch.tokens = at::tensor(ids, at::kLong).narrow(0, 0, kLength).unsqueeze(0);
  ForwardPass pass;
  const at::NoGradGuard no_gradient;
  const at::Tensor hidden = model.decoder.hidden(batch, pass).to(at::kDouble);
  const at::Tensor head = model.parameters.view("lm_head.weight").to(at::kDouble);
  const at::Tensor logs = at::log_softmax(at::matmul(hidden, head.t()), -1);
  double sum = 0;
  for (std::int64_t i = 0; i < kLength; ++i) {
    sum -= logs[i][ids[static_cast<std::size_t>(i + 1)]].item<double>();
  }
  CHECK(std::abs(mean_loss(model.decoder, file, kLength, kLength, 1) - sum / kLength) < 1e-6);
}
