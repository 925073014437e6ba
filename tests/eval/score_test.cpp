#include "eval/byte_model.hpp"

#include "support.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
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

using Losses = std::vector<std::vector<double>>;

Losses losses_of(const ByteModel& model, const std::vector<Request>& requests,
                 std::int64_t batch_size, std::int64_t window = 8, ExpertCounts* counts = nullptr) {
  return token_losses(model.decoder, byte_tokenizer(), requests, {window, batch_size}, counts);
}

/// The loss of each token after inputs[begin, end) of a text that starts with the end of text.
std::vector<double> direct(const ByteModel& model, const std::string& text, std::int64_t begin,
                           std::int64_t end) {
  const Tokenizer tokenizer = byte_tokenizer();
  std::vector<std::int64_t> ids = {tokenizer.eos_id()};
  for (const auto id : tokenizer.encode(text)) ids.push_back(id);
  Batch batch;
  batch.tokens = at::empty({1, end - begin}, at::kLong);
  batch.targets = at::empty({1, end - begin}, at::kLong);
  for (std::int64_t i = begin; i < end; ++i) {
    const auto at = static_cast<std::size_t>(i);
    batch.tokens.data_ptr<std::int64_t>()[i - begin] = ids[at];
    batch.targets.data_ptr<std::int64_t>()[i - begin] = ids[at + 1];
  }
  ForwardPass pass;
  const at::NoGradGuard no_gradient;
  const at::Tensor loss = model.decoder.loss(batch, pass).to(at::kDouble).contiguous();
  return {loss.data_ptr<double>(), loss.data_ptr<double>() + loss.numel()};
}

}  // namespace

TEST_CASE("windows of T move by T/2, and each token is scored once, with the most context") {
  for (const std::int64_t experts : {0, 3}) {
    const ByteModel model(experts);
    const auto requests = requests_of({19});
    const Losses losses = losses_of(model, requests, 1);
    REQUIRE(losses[0].size() == 19);
    std::vector<double> expected = direct(model, requests[0].continuation, 0, 8);
    for (const std::int64_t begin : {4, 8, 12}) {
      const std::int64_t end = std::min<std::int64_t>(19, begin + 8);
      const auto window = direct(model, requests[0].continuation, begin, end);
      const auto known = static_cast<std::ptrdiff_t>(expected.size()) - begin;
      expected.insert(expected.end(), window.begin() + known, window.end());
    }
    CHECK(near(losses[0], expected));
  }
}

TEST_CASE("texts of unequal length, padded in one batch, score as each by itself") {
  for (const std::int64_t experts : {0, 3}) {
    const ByteModel model(experts);
    const auto requests = requests_of({3, 1, 30, 8, 7, 9, 2, 0, 5});
    ExpertCounts alone, together;
    const Losses one = losses_of(model, requests, 1, 8, &alone);
    for (const std::int64_t batch_size : {2, 16}) {
      const Losses batched = losses_of(model, requests, batch_size, 8, &together);
      for (std::size_t i = 0; i < requests.size(); ++i) CHECK(near(one[i], batched[i]));
      CHECK(together.tokens == alone.tokens);
      for (std::size_t site = 0; site < alone.sites.size(); ++site) {
        CHECK(together.sites[site].slots == alone.sites[site].slots);
        CHECK(near(together.sites[site].weights, alone.sites[site].weights));
      }
      together = {};
    }
    CHECK(one[7].empty());
    if (experts == 0) continue;
    CHECK(alone.tokens == 3 + 1 + 30 + 8 + 7 + 9 + 2 + 5);  // each once, where it is scored
    CHECK(alone.experts_per_token() == 2);
    double weights = 0;
    for (const double weight : alone.sites[0].weights) weights += weight;
    CHECK(weights == doctest::Approx(alone.tokens));  // those of top_k sum to 1
  }
}

// Kernels read the embedding by the ids and the logits by the targets, so that such a token would
// read beyond them.
TEST_CASE("a token that the model has no row for is refused wherever a request has it") {
  const NarrowModel model;
  const auto scored = [&](const std::string& context, const std::string& continuation) {
    const std::vector<Request> requests = {{context, continuation, 0, {}, "set.jsonl:3"}};
    return caught([&] { token_losses(model.decoder, byte_tokenizer(), requests, {8, 4}); });
  };
  CHECK(scored("", "a}").code == ExitCode::ok);
  CHECK(scored("a}", "b").code == ExitCode::ok);
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"", "a~b"}, {"", "ab~"}, {"~a", "b"}, {"a~", "b"}, {"a", "~b"}, {"a", "b~"}};
  for (const auto& [context, continuation] : bad) {
    const Caught refused = scored(context, continuation);
    CHECK(refused.code == ExitCode::usage);
    CHECK(contains(refused.message, "set.jsonl:3: token '~' has the id"));
  }
}

// bfloat16 has 8 bits, so that a logit of 5 would be rounded to steps of 1/32.
TEST_CASE("documents of a bfloat16 model are scored from float32 logits") {
  const btx_test::SmallModel model(byte_config(0), at::kBFloat16, reference_ops(), 2, nullptr);
  const std::vector<Request> requests = {{"", "abcdefg"}};
  const auto losses = token_losses(model.decoder, byte_tokenizer(), requests, {8, 4});
  std::vector<std::int64_t> ids = {byte_tokenizer().eos_id()};
  for (const auto id : byte_tokenizer().encode("abcdefg")) ids.push_back(id);
  Batch batch;
  batch.tokens = at::tensor(ids, at::kLong).narrow(0, 0, 7).unsqueeze(0);
  ForwardPass pass;
  const at::NoGradGuard no_gradient;
  const at::Tensor hidden = model.decoder.hidden(batch, pass).to(at::kDouble);
  const at::Tensor head = model.parameters.view("lm_head.weight").to(at::kDouble);
  const at::Tensor logs = at::log_softmax(at::matmul(hidden, head.t()), -1);
  REQUIRE(losses[0].size() == 7);
  for (std::int64_t i = 0; i < 7; ++i) {
    const double exact = -logs[i][ids[static_cast<std::size_t>(i + 1)]].item<double>();
    CHECK(std::abs(losses[0][static_cast<std::size_t>(i)] - exact) < 1e-5);
  }
}
