// The stage that gives gates their first weights from hidden states: which tokens it reads.
#include "stages/models/gates.hpp"
#include "data/fair_sample.hpp"
#include "model/load.hpp"
#include "model/plain_engine.hpp"
#include "model/small_model.hpp"
#include "recipe/stage_names.hpp"
#include "token_text.hpp"

#include <btx/merge_strategy.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

using namespace btx;
using namespace btx_test;

namespace {

constexpr std::int64_t kLength = 7;  // of small_config()'s context

using Windows = std::vector<std::int64_t>;

/// Windows of a long text of tokens below 11, one behind the other.
std::vector<int> text_of(const Windows& windows) {
  std::vector<int> tokens;
  const std::uint64_t key = random_key(7, "gates");
  for (const auto window : windows) {
    for (std::int64_t i = 0; i < kLength; ++i) {
      const auto at = static_cast<std::uint64_t>(window * kLength + i);
      tokens.push_back(static_cast<int>(random_uniform(key, at) * 11));
    }
  }
  return tokens;
}

Windows first(std::int64_t count) {
  Windows all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

fs::path mixture_folder() {
  top_k(1);
  ModelConfig config = small_config(2);
  config.experts = {{"code", "code", "code"}, {"maths", "maths", "maths"}};
  fs::path folder = scratch("gates-model");
  save_model(new_model(config, 0.4, 3, plain_engine(), {}), folder);
  write_file(folder / "tokenizer.json", "{}");
  return folder;
}

/// The gate of layer 1 where `code` has these windows, and the probe reads 20 of each domain's.
std::vector<float> gate_of(const Windows& code, ComputeType type) {
  GatesWork work;
  work.purpose = "mix";
  work.engine = plain_engine();
  work.engine.dtype = type;
  work.init = {"domain_mean", {}, 20 * kLength};
  work.domains = {"code", "maths"};
  work.data = {{"code", {{"code", 1}}}, {"maths", {{"maths", 1}}}};
  StageContext context;
  context.inputs.emplace_back("init", mixture_folder());
  for (const auto& domain : work.domains) {
    const fs::path folder = scratch("gates-tokens-" + domain);
    write_token_file(folder / "train.tokens", domain == "code" ? text_of(code) : text_of({50, 51}),
                     11);
    context.inputs.emplace_back(tokens_stage(domain), folder);
  }
  context.output = scratch("gates-made");
  run(work, context);
  const ModelFolder made(context.output);
  std::vector<float> gate(
      static_cast<std::size_t>(made.find(tensor_names::gate(1)).info.elements()));
  made.read(tensor_names::gate(1), 0, gate);
  return gate;
}

}  // namespace

TEST_CASE("a probe of half a domain's tokens reads windows from all of its file") {
  const auto chosen = fair_sample(40, 20);
  REQUIRE(std::ranges::count_if(chosen, [](auto window) { return window >= 20; }) > 4);
  for (const auto type : {ComputeType::float32, ComputeType::bfloat16}) {
    const auto gate = gate_of(first(40), type);
    CHECK(gate == gate_of(chosen, type));
    CHECK(gate != gate_of(first(20), type));
  }
}
