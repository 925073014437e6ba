// Continuations scored together against each by itself.
#include "eval/branches.hpp"
#include "eval/byte_model.hpp"
#include "support.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

using namespace btx;
using namespace btx_test;

namespace {

constexpr std::int64_t kContext = 64;

struct BranchModel : btx_test::SmallModel {
  explicit BranchModel(std::int64_t experts)
      : SmallModel(config(experts), at::kDouble, btx::reference_ops(), 2, nullptr, 5) {}
  static ModelConfig config(std::int64_t experts) {
    ModelConfig c = byte_config(experts);
    c.context = kContext;
    return c;
  }
};

Request request(const std::string& context, const std::string& continuation) {
  return {context, continuation, 0, {}, "set.jsonl:1"};
}

/// The losses of a continuation's bytes, from one plain pass over the whole text.
std::vector<double> direct(const Decoder& decoder, const std::string& context,
                           const std::string& continuation) {
  std::vector<std::int64_t> ids;
  for (const auto id : byte_tokenizer().encode(context + continuation)) ids.push_back(id);
  const auto length = static_cast<std::int64_t>(ids.size()) - 1;
  const at::Tensor all = at::tensor(ids, at::kLong);
  Batch batch;
  batch.tokens = all.narrow(0, 0, length).view({1, length});
  batch.targets = all.narrow(0, 1, length).view({1, length});
  const at::NoGradGuard no_gradient;
  ForwardPass pass;
  const at::Tensor loss = decoder.loss(batch, pass).to(at::kDouble).contiguous().view(-1);
  const auto scored = static_cast<std::int64_t>(continuation.size());
  return {loss.data_ptr<double>() + length - scored, loss.data_ptr<double>() + length};
}

/// Items of an examination: the same examples before each, a question, several answers.
std::vector<Request> examination() {
  const std::string examples = "1 and 1 are 2; 2 and 2 are 4; 3 and 3 ab";
  std::vector<Request> requests;
  for (const std::string question : {"3 and 4 are", "9 and 11 are", "", "zz"}) {
    for (const std::string answer : {" 7", " 20", " 200", "."}) {
      requests.push_back(request(examples + question, answer));
    }
  }
  for (const std::string name : {"Ada", "Bo"}) {
    requests.push_back(request("In the rain " + name + " ran", " home."));
  }
  requests.push_back(request("q", "r"));
  return requests;
}

void compare(const BranchModel& model, const std::vector<Request>& requests) {
  for (const std::int64_t batch_size : {1, 3, 64}) {
    const auto losses =
        token_losses(model.decoder, byte_tokenizer(), requests, {kContext, batch_size});
    for (std::size_t i = 0; i < requests.size(); ++i) {
      CAPTURE(i);
      CHECK(near(losses[i], direct(model.decoder, requests[i].context, requests[i].continuation)));
    }
  }
}

std::vector<EncodedRequest> encoded(const std::vector<Request>& requests) {
  std::vector<EncodedRequest> all;
  for (const auto& r : requests) all.push_back(encode_request(byte_tokenizer(), r));
  return all;
}

}  // namespace

TEST_CASE("choices that share contexts, and items that share examples, score as each by itself") {
  for (const std::int64_t experts : {0, 3}) {
    const BranchModel model(experts);
    compare(model, examination());
  }
}

TEST_CASE("items become trees, and trees with long beginnings in common groups") {
  const auto groups = share_prefixes(encoded(examination()));
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].root.empty());
  REQUIRE(groups[0].trees.size() == 2);  // Ada and Bo are one, q the other
  CHECK(groups[0].trees[0].branches.size() == 2);
  CHECK(groups[1].root.size() == 39);
  CHECK(groups[1].trees.size() == 3);  // "" and "zz" differ by two bytes
  CHECK(groups[1].trees[0].branches.size() == 4);
  CHECK(groups[1].trees[0].size() < 4 * 13);
}

TEST_CASE("the routing of contexts and continuations is counted, once an item") {
  const BranchModel model(3);
  const auto requests = examination();
  ExpertCounts counts;
  token_losses(model.decoder, byte_tokenizer(), requests, {kContext, 16}, &counts);
  std::size_t tokens = 0;
  for (const auto& group : share_prefixes(encoded(requests))) {
    tokens += group.root.size() * group.trees.size();
    for (const auto& tree : group.trees) tokens += tree.size();
  }
  CHECK(counts.tokens == static_cast<double>(tokens));
  CHECK(counts.experts_per_token() == 2);  // k
}

TEST_CASE("white space at the end of a context belongs to the continuation") {
  const BranchModel model(0);
  const auto losses = token_losses(model.decoder, byte_tokenizer(),
                                   std::vector{request("a b \n", "c")}, {kContext, 1});
  CHECK(near(losses[0], direct(model.decoder, "a b", " \nc")));
}

TEST_CASE(
    "a context that does not fit loses its beginning; a continuation that does not is refused") {
  const BranchModel model(0);
  const std::string line(100, 'x');
  const auto losses = token_losses(model.decoder, byte_tokenizer(),
                                   std::vector{request(line + "ab", "cd")}, {kContext, 1});
  CHECK(near(losses[0], direct(model.decoder, line.substr(0, 61) + "ab", "cd")));
  const auto message = error_of([&] {
    token_losses(model.decoder, byte_tokenizer(), std::vector{request("a", line)}, {kContext, 1});
  });
  CHECK(contains(message, "set.jsonl:1: the continuation has 100 tokens"));
  CHECK(contains(message, "64"));
}

TEST_CASE("a request without a continuation, or with white space for a context") {
  const BranchModel model(0);
  CHECK(
      token_losses(model.decoder, byte_tokenizer(), std::vector{request("a", "")}, {kContext, 1})[0]
          .empty());
  CHECK(contains(error_of([&] {
                   token_losses(model.decoder, byte_tokenizer(), std::vector{request(" \n", "a")},
                                {kContext, 1});
                 }),
                 "white space alone"));
}
