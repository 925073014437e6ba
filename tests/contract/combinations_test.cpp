// Every router with every granularity, gate initialisation and balance: each combination merges,
// takes a training step and changes its gates, or is refused with a reason. What came out for this
// tree's routers is core/docs/combinations.md; BTX_WRITE_DOCS=1 writes it anew.
#include "contract/mixtures.hpp"
#include "kernels/ops.hpp"
#include "mix/gate_weights.hpp"
#include "train/adamw.hpp"
#include "train/balances.hpp"
#include "train/routing_metrics.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <cstdlib>
#include <map>
#include <sstream>

using namespace btx;
using namespace btx_test;

namespace {

Batch some_tokens(const ModelConfig& config) {
  Batch batch;
  const std::int64_t length = config.context;
  const at::Tensor ids =
      (at::arange(4 * (length + 1), at::kLong) * 7 % config.vocab_size).view({4, length + 1});
  batch.tokens = ids.narrow(1, 0, length).clone();
  batch.targets = ids.narrow(1, 1, length).clone();
  return batch;
}

/// Gives every gate the weights of an initialisation; the probe is a pass over some tokens.
void initialise_gates(LoadedModel& model, const std::string& name) {
  const auto init = make_component<GateInit>(name);
  ForwardPass pass;
  pass.keep_inputs = true;
  {
    const at::NoGradGuard no_gradient;
    model.decoder->hidden(some_tokens(model.config), pass);
  }
  const auto sites = routing_sites(model.config);
  for (std::size_t i = 0; i < sites.size(); ++i) {
    const at::Tensor x = pass.sites[i].input.to(at::kDouble);
    const auto numbers = [](const at::Tensor& t) {
      const at::Tensor flat = t.contiguous();
      return std::vector<double>(flat.const_data_ptr<double>(),
                                 flat.const_data_ptr<double>() + flat.numel());
    };
    GateProbe probe{{}, {}, {}, numbers(x.t().matmul(x))};
    for (const auto& expert : model.config.experts) {  // each domain has some of the tokens
      const auto part = static_cast<std::int64_t>(probe.domains.size());
      const at::Tensor rows = x.slice(0, part, x.size(0), model.config.num_experts());
      probe.domains.push_back(expert.domain);
      probe.tokens.push_back(static_cast<double>(rows.size(0)));
      for (const double sum : numbers(rows.sum(0))) probe.sums.push_back(sum);
    }
    GateSite site = gate_site(model.config, sites[i], 1);
    for (const auto& expert : site.experts) site.data.push_back({{expert.domain, 1.0}});
    const auto weights = gate_weights(init, site, &probe, false);
    const at::Tensor gate = model.parameters->view(sites[i].gate);
    std::copy(weights.begin(), weights.end(), gate.data_ptr<float>());
  }
}

/// One training step with this balance; throws where something is not finite or nothing moves.
void train_step(LoadedModel& model, const std::string& balance_name) {
  std::vector<ActiveBalance> active;
  active.push_back({balance_name, make_component<Balance>(balance_name)});
  const Balances balances(std::move(active), BalanceScope::global);
  const Batch batch = some_tokens(model.config);
  const auto tokens = static_cast<double>(batch.tokens.numel());
  ForwardPass pass;
  pass.training = true;
  pass.step = 2;
  pass.total_steps = 10;
  pass.step_tokens = tokens;
  at::Tensor total = model.decoder->loss(batch, pass).sum() / tokens;
  const at::Tensor sums = model.decoder->routing_sums(batch, pass);
  RoutingSums step;
  step.add(sums);
  const auto statistics = statistics_of(step.sums());
  std::vector<double> raw(balances.size());
  const at::Tensor balance = balances.surrogate(sums, statistics, tokens, raw);
  if (balance.defined()) total = total + balance;
  for (const auto& site : pass.sites) {
    for (const auto& loss : site.routing.losses) total = total + loss.sum / tokens;
  }
  total.backward();
  const at::Tensor gradient = model.parameters->gradient();
  if (!gradient.isfinite().all().item<bool>()) throw Error("a gradient is not finite");
  if (gradient.abs().max().item<float>() == 0) throw Error("no gradient at all");
  TrainConfig config;
  AdamW(*model.parameters, config).step(1, 1e-3, 1.0);
  balances.after_step(statistics, std::vector<bool>(statistics.size()),
                      model.decoder->selection_biases());
  std::vector<std::vector<double>> counts;
  for (const auto& s : statistics) {
    auto& mine = counts.emplace_back(s.load);
    for (auto& count : mine) count *= s.tokens;
  }
  model.decoder->after_step(counts, pass);
  ForwardPass after;
  if (!model.decoder->loss(batch, after).isfinite().all().item<bool>()) {
    throw Error("the loss is not finite after a step");
  }
}

/// The cell of one router and granularity: how many combinations work, or why none does.
std::string cell(const btx_test::Models& models, const std::string& router_name,
                 Granularity granularity) {
  std::int64_t works = 0;
  std::map<std::string, std::int64_t> reasons;
  for (const auto& init : names_of("gate_init")) {
    for (const auto& balance : names_of("balance")) {
      INFO(router_name << ", " << name_of(granularity) << ", " << init << ", " << balance);
      try {
        LoadedModel model = mixture(models, router_name, granularity);
        initialise_gates(model, init);
        train_step(model, balance);
        ++works;
      } catch (const Error& error) {
        REQUIRE(error.code() == ExitCode::usage);  // anything else is a fault
        const std::string reason = error.what();
        REQUIRE(reason.size() > 20);
        ++reasons[reason];
      }
    }
  }
  std::string text = works == 0 ? "" : "all";
  for (const auto& [reason, count] : reasons) {
    CHECK(works == 0);  // a refusal is for the router and the granularity, not for some inits
    text += (text.empty() ? "" : "; ") + reason;
  }
  return text;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "`" : ", `") + name + "`";
  return text;
}

}  // namespace

TEST_CASE(
    "every combination of router, granularity, gate initialisation and balance works or says why") {
  ModelConfig config = tiny_config();
  config.hidden_size = 8;
  config.ffn_size = 8;
  const auto models = btx_test::three("combinations", config);
  std::string page =
      "# Routers, granularities, gate initialisations, balances\n\n"
      "Written by `tests/contract` (`BTX_WRITE_DOCS=1 build/tests/contract_test`), which merges, "
      "trains a step and\nscores with every combination. \"all\": works with every gate "
      "initialisation\n(" +
      listed(names_of("gate_init")) + ")\nand every balance (" + listed(names_of("balance")) +
      "). Otherwise the message of the refusal.\n\n"
      "| router | ffn | linear | model |\n|---|---|---|---|\n";
  for (const auto& router : names_of("router")) {
    page += "| `" + router + "` |";
    for (const Granularity granularity :
         {Granularity::ffn, Granularity::linear, Granularity::model}) {
      page += " " + cell(models, router, granularity) + " |";
    }
    page += "\n";
  }
  const fs::path file = fs::path(BTX_SOURCE_DIR) / "core/docs/combinations.md";
  if (std::getenv("BTX_WRITE_DOCS") != nullptr) write_file(file, page);
  // Every row of the page is true; a router that is new has none until the page is written anew.
  std::istringstream lines(read_file(file));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("| `")) CHECK_MESSAGE(contains(page, line + "\n"), line);
  }
}
