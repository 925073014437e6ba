// Generation against the plain model: each token the likeliest of a whole pass over the text.
#include "eval/generation/generate.hpp"

#include "eval/byte_model.hpp"
#include "eval/ensemble/ensemble_text.hpp"
#include "eval/generation/decoder_text.hpp"
#include "eval/generation/sample.hpp"
#include "pretokenizer/normalizer.hpp"
#include "support.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/log.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/tensor.h>

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <set>

using namespace btx;
using namespace btx_test;

namespace {

struct LongModel : btx_test::SmallModel {
  explicit LongModel(std::int64_t experts, std::uint64_t numbers = 5)
      : SmallModel(config(experts), at::kDouble, btx::reference_ops(), 2, nullptr, numbers) {}
  static ModelConfig config(std::int64_t experts) {
    ModelConfig c = byte_config(experts);
    c.context = 96;
    return c;
  }
};

Request prompt(const std::string& text, std::int64_t tokens, std::vector<std::string> stop = {}) {
  return {text, "", tokens, std::move(stop), "set.jsonl:1"};
}

/// Of unequal length, with and without a beginning in common.
std::vector<Request> prompts() {
  const std::string start = "The same thirty-six bytes before all";
  return {prompt(start + "a", 9),   prompt(start + "bcdefgh", 20), prompt(start + "", 5),
          prompt(start + "x y", 1), prompt(start + "zz", 12),      prompt(start + "q", 0)};
}

/// Log-probabilities [V] after `ids`, by a plain pass.
at::Tensor after(const Decoder& decoder, const std::vector<std::int64_t>& ids) {
  const at::NoGradGuard no_gradient;
  Batch batch;
  batch.tokens = at::tensor(ids, at::kLong).unsqueeze(0);
  ForwardPass pass;
  const at::Tensor hidden = decoder.hidden(batch, pass);
  return at::log_softmax(decoder.logits(hidden.narrow(0, hidden.size(0) - 1, 1)), -1)[0];
}

std::string greedy(const Decoder& decoder, const Request& request) {
  const Tokenizer tokenizer = byte_tokenizer();
  std::vector<std::int64_t> ids;
  for (const auto id : tokenizer.encode(request.context)) ids.push_back(id);
  std::vector<std::int32_t> written;
  for (std::int64_t i = 0; i < request.max_tokens; ++i) {
    ids.push_back(after(decoder, ids).argmax().item<std::int64_t>());
    written.push_back(static_cast<std::int32_t>(ids.back()));
  }
  return tokenizer.decode(written);
}

std::vector<std::string> written(const Decoder& decoder, const std::vector<Request>& requests,
                                 const GenerateConfig& config = {}) {
  DecoderText text(decoder);
  return generate(text, byte_tokenizer(), requests, config);
}

}  // namespace

TEST_CASE("texts of unequal length that grow together are what each would be by itself") {
  for (const std::int64_t experts : {0, 3}) {
    const LongModel model(experts);
    const auto requests = prompts();
    for (const std::int64_t batch_size : {1, 2, 16}) {
      GenerateConfig config;
      config.batch_size = batch_size;
      const auto texts = written(model.decoder, requests, config);
      for (std::size_t i = 0; i < requests.size(); ++i) {
        CHECK(texts[i] == valid_utf8(greedy(model.decoder, requests[i])));
      }
    }
  }
}

TEST_CASE("a prompt longer than one pass over it, and prompts with nothing in common") {
  LongModel model(0);
  ModelConfig config = LongModel::config(0);
  config.context = 400;
  const btx_test::SmallModel wide(config, at::kDouble, btx::reference_ops(), 2, nullptr);
  const std::vector<Request> requests = {prompt(std::string(300, 'a') + "b", 4), prompt("c", 4),
                                         prompt(std::string(128, 'd'), 4)};
  const auto texts = written(wide.decoder, requests);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    CHECK(texts[i] == valid_utf8(greedy(wide.decoder, requests[i])));
  }
}

TEST_CASE("a prompt with a token that the model has no row for is refused") {
  ModelConfig config = without_tilde();
  config.context = 96;
  const btx_test::SmallModel model(config, at::kDouble, btx::reference_ops(), 2, nullptr);
  CHECK(caught([&] { written(model.decoder, {prompt("a}", 2)}); }).code == ExitCode::ok);
  for (const std::string context : {"~ab", "ab~"}) {
    const Caught refused = caught([&] { written(model.decoder, {prompt(context, 2)}); });
    CHECK(refused.code == ExitCode::usage);
    CHECK(contains(refused.message, "set.jsonl:1: token '~' has the id"));
  }
}

TEST_CASE("generation ends before a stop string and before a token that ends a text") {
  const LongModel model(0);
  const std::string all = greedy(model.decoder, prompt("ab", 20));
  const std::string stop = all.substr(7, 3);
  const auto stopped = written(model.decoder, {prompt("ab", 20, {"never", stop})});
  CHECK(stopped[0] == valid_utf8(all.substr(0, all.find(stop))));
  GenerateConfig config;
  config.ends = {byte_tokenizer().encode(all.substr(4, 1))[0]};  // one byte is one token
  CHECK(written(model.decoder, {prompt("ab", 20)}, config)[0] ==
        valid_utf8(all.substr(0, all.find(all[4]))));
}

TEST_CASE("routing is counted over prompts and what is in the answers, whatever the batch") {
  const LongModel model(3);
  std::vector<Request> requests;
  const std::string examples(40, 'x');
  for (std::int64_t i = 0; i < 7; ++i) {
    const std::string text = examples + std::string(1, static_cast<char>('a' + i));
    const std::string all = greedy(model.decoder, prompt(text, 12));
    requests.push_back(prompt(text, 12, {all.substr(static_cast<std::size_t>(1 + i), 1)}));
  }
  std::vector<ExpertCounts> all;
  for (const std::int64_t batch_size : {1, 2, 3, 16}) {
    ExpertCounts& counts = all.emplace_back();
    DecoderText text(model.decoder, [&](const ForwardPass& pass, const at::Tensor& texts) {
      counts.add(pass, texts, 3);
    });
    GenerateConfig config;
    config.batch_size = batch_size;
    generate(text, byte_tokenizer(), requests, config);
  }
  CHECK(all[0].tokens >= 7 * 41);
  for (const auto& counts : all) {
    CHECK(counts.tokens == all[0].tokens);
    REQUIRE(counts.sites.size() == all[0].sites.size());
    for (std::size_t site = 0; site < counts.sites.size(); ++site) {
      CHECK(counts.sites[site].slots == all[0].sites[site].slots);
    }
  }
}

TEST_CASE("a text ends as generation_config.json says, then config.json, then the tokenizer") {
  using Ids = std::vector<std::int64_t>;
  const fs::path folder = scratch("text-ends");
  ModelConfig config;
  const auto end = byte_tokenizer().eos_id();
  CHECK(text_ends(folder, config, byte_tokenizer()) == Ids{end});
  config.special_tokens.eos = {5};
  CHECK(text_ends(folder, config, byte_tokenizer()) == Ids{5});
  const fs::path file = folder / "generation_config.json";
  write_file(file, R"({"eos_token_id": [7, 9], "top_p": 0.9})");
  CHECK(text_ends(folder, config, byte_tokenizer()) == Ids{7, 9});
  write_file(file, R"({"eos_token_id": 8})");
  CHECK(text_ends(folder, config, byte_tokenizer()) == Ids{8});
  write_file(file, R"({"eos_token_id": null})");
  CHECK(text_ends(folder, config, byte_tokenizer()) == Ids{5});
  write_file(file, R"({"eos_token_id": "</s>"})");
  CHECK(contains(error_of([&] { text_ends(folder, config, byte_tokenizer()); }),
                 file.string() + ": 'eos_token_id' needs a token id"));
}

TEST_CASE("the empty prompt is the start of a document") {
  const LongModel model(0);
  const auto start = byte_tokenizer().start_ids();
  const auto first =
      after(model.decoder, {start.begin(), start.end()}).argmax().item<std::int64_t>();
  CHECK(written(model.decoder, {prompt("", 1)})[0] ==
        valid_utf8(
            byte_tokenizer().decode(std::vector<std::int32_t>{static_cast<std::int32_t>(first)})));
}

TEST_CASE("a prompt without room loses its beginning; without any room it is refused") {
  const LongModel model(0);
  const std::string text = std::string(90, 'p') + "end of it";
  CHECK(written(model.decoder, {prompt(text, 10)})[0] ==
        valid_utf8(greedy(model.decoder, prompt(text.substr(text.size() - 86), 10))));
  CHECK(contains(error_of([&] { written(model.decoder, {prompt("a", 96)}); }),
                 "set.jsonl:1: 96 tokens are to be generated"));
}

TEST_CASE("draws follow the probabilities, and are the same for the same seed") {
  const std::vector<float> shares = {0.5F, 0.1F, 0.4F};
  const at::Tensor row = at::tensor(shares).log();
  std::map<std::int64_t, int> cold, warm, few;
  constexpr int kDraws = 4000;
  for (std::size_t i = 0; i < kDraws; ++i) {
    ++cold[sample(row, {0, 1, 1}, 0, i)];
    ++warm[sample(row, {1, 1, 1}, 0, i)];
    ++few[sample(row, {1, 0.6, 1}, 0, i)];
  }
  CHECK(cold[0] == kDraws);
  for (std::int64_t token = 0; token < 3; ++token) {
    const double share = static_cast<double>(shares[static_cast<std::size_t>(token)]);
    const double deviation = std::sqrt(kDraws * share * (1 - share));
    CHECK(std::abs(warm[token] - kDraws * share) < 4 * deviation);
  }
  CHECK(few[1] == 0);
  CHECK(std::abs(few[2] - kDraws * 4.0 / 9) < 4 * std::sqrt(kDraws * 20.0 / 81));
  CHECK(sample(row, {1, 1, 7}, 3, 11) == sample(row, {1, 1, 7}, 3, 11));

  const LongModel model(0);
  GenerateConfig config;
  config.sampling = {1.0, 1.0, 3};
  const auto one = written(model.decoder, prompts(), config);
  config.batch_size = 2;
  CHECK(written(model.decoder, prompts(), config) == one);
  config.sampling.seed = 4;
  CHECK(written(model.decoder, prompts(), config) != one);
}

namespace {

/// Leans on the first member until a text has this many bytes.
class Shifting final : public Ensemble {
 public:
  std::string fit(const EnsembleFit& /*fit*/) const override { return ""; }
  void restore(const std::string& /*state*/) override {}
  bool needs_log_probabilities() const override { return true; }
  std::vector<double> weights(
      const TextBefore& before,
      std::span<const std::vector<double>> log_probabilities) const override {
    domains.insert(before.domain);
    // Of every token but the first, the prompt's included.
    if (log_probabilities[0].size() + 1 != before.text.size()) throw Error("not of this text");
    return before.text.size() < 5 ? std::vector<double>{0.9, 0.1} : std::vector<double>{0.3, 0.7};
  }

  mutable std::set<std::string> domains;
};

}  // namespace

TEST_CASE("probabilities that are NaN are refused, in scoring and in writing") {
  LongModel model(0);
  at::Tensor norm = model.parameters.view("model.norm.weight");
  norm.fill_(std::nan(""));
  model.parameters.refresh();
  const std::vector<Request> scored = {{"ab", "cd"}};
  CHECK(contains(error_of([&] {
                   score(model.decoder, byte_tokenizer(), scored, {96, 1});
                 }),
                 "gave NaN probabilities"));
  CHECK(contains(error_of([&] { written(model.decoder, {prompt("ab", 3)}); }),
                 "gave NaN probabilities"));
}

TEST_CASE("an ensemble writes the likeliest of its members' mixed probabilities") {
  const LongModel a(0, 5), b(0, 6);
  std::vector<std::unique_ptr<NextToken>> members;
  members.push_back(std::make_unique<DecoderText>(a.decoder));
  members.push_back(std::make_unique<DecoderText>(b.decoder));
  const auto shifting = std::make_shared<Shifting>();
  EnsembleText ensemble({shifting, "the test's ensemble"}, byte_tokenizer(), std::move(members));
  ensemble.set_domain("sea");
  const auto texts =
      generate(ensemble, byte_tokenizer(), std::vector{prompt("ab", 8), prompt("cd", 3)}, {});
  std::vector<std::int64_t> ids;
  for (const auto id : byte_tokenizer().encode("ab")) ids.push_back(id);
  std::vector<std::int32_t> expected;
  for (std::size_t i = 0; i < 8; ++i) {
    const double first = ids.size() < 5 ? 0.9 : 0.3;
    const at::Tensor mixed =
        after(a.decoder, ids).exp() * first + after(b.decoder, ids).exp() * (1 - first);
    ids.push_back(mixed.argmax().item<std::int64_t>());
    expected.push_back(static_cast<std::int32_t>(ids.back()));
  }
  CHECK(texts[0] == valid_utf8(byte_tokenizer().decode(expected)));
  CHECK(!texts[1].empty());
  CHECK(shifting->domains == std::set<std::string>{"sea"});
}
