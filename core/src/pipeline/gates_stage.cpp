// The stage that gives a merged model's gates their first weights from what its hidden states look
// like in each domain.
#include "checkpoint/side_files.hpp"
#include "data/token_file.hpp"
#include "model/load.hpp"
#include "pipeline/merge_inputs.hpp"
#include "pipeline/stage_context.hpp"
#include "recipe/config.hpp"
#include "recipe/value_access.hpp"
#include "tokenizer/tokenizer.hpp"

#include <btx/error.hpp>
#include <btx/random.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

namespace btx {
namespace {

constexpr std::int64_t kSequences = 8;  // of one pass

/// Sums over the tokens seen so far at every routing site.
struct Probe {
  std::vector<at::Tensor> sums;  ///< [domains, width] float64
  std::vector<at::Tensor> gram;  ///< [width, width] float64
  std::vector<double> tokens;    ///< [domains]
};

std::vector<double> doubles(const at::Tensor& x) {
  const at::Tensor host = x.to(at::kCPU, at::kDouble).contiguous();
  return {host.const_data_ptr<double>(), host.const_data_ptr<double>() + host.numel()};
}

void add_pass(const ForwardPass& pass, std::size_t domain, std::size_t domains, Probe& probe) {
  for (std::size_t i = 0; i < pass.sites.size(); ++i) {
    const at::Tensor x = pass.sites[i].input.to(at::kDouble);
    if (probe.sums.size() <= i) {
      probe.sums.push_back(at::zeros({static_cast<std::int64_t>(domains), x.size(1)}, x.options()));
      probe.gram.push_back(at::zeros({x.size(1), x.size(1)}, x.options()));
    }
    probe.sums[i][static_cast<std::int64_t>(domain)].add_(x.sum(0));
    probe.gram[i].add_(at::matmul(x.t(), x));
  }
}

/// Reads the first `limit` train tokens of a domain in whole sequences.
void probe_domain(const Decoder& decoder, const TokenFile& file, std::int64_t limit,
                  std::size_t domain, Probe& probe) {
  const std::int64_t length = std::min(decoder.config().context, file.size());
  const std::int64_t sequences = std::max<std::int64_t>(1, std::min(limit, file.size()) / length);
  for (std::int64_t first = 0; first < sequences; first += kSequences) {
    const std::int64_t size = std::min(kSequences, sequences - first);
    Batch batch;
    batch.tokens = at::empty({size, length}, at::kLong);
    file.copy(first * length,
              {batch.tokens.data_ptr<std::int64_t>(), static_cast<std::size_t>(size * length)});
    batch.tokens = batch.tokens.to(decoder.device());
    ForwardPass pass;
    pass.keep_inputs = true;
    decoder.hidden(batch, pass);
    add_pass(pass, domain, probe.tokens.size(), probe);
  }
  probe.tokens[domain] = static_cast<double>(sequences * length);
}

void run_gates(const StageContext& context) {
  const at::NoGradGuard no_gradient;
  const Value& given = context.config;
  const auto engine = read_config<EngineConfig>(given.at("engine"), "[engine]");
  const auto config = read_config<GateInitConfig>(given.at("init"), "[router.init]");
  const auto domains = strings_of(given.at("domains"));
  const auto seed = random_key(static_cast<std::uint64_t>(given.at("seed").as<std::int64_t>()),
                               given.at("purpose").as<std::string>());
  const fs::path folder = context.input("init");
  const LoadedModel model = load_model(ModelFolder(folder), engine, {});
  Probe probe;
  probe.tokens.resize(domains.size());
  for (std::size_t d = 0; d < domains.size(); ++d) {
    const TokenFile file(context.input("tokens/" + domains[d]) / "train.tokens");
    probe_domain(*model.decoder, file, config.probe_tokens, d, probe);
  }
  const auto init = make_component<GateInit>(config.type, config.params);
  const auto sites = routing_sites(model.config);
  for (std::size_t i = 0; i < sites.size(); ++i) {
    const GateProbe mine{domains, probe.tokens, doubles(probe.sums[i]), doubles(probe.gram[i])};
    const auto weights = gate_weights(init, gate_site(model.config, sites[i], seed), &mine,
                                      given.at("by_group").as<bool>());
    const at::Tensor gate = model.parameters->view(sites[i].gate);
    const at::Tensor values = at::empty(gate.sizes(), at::kFloat);
    std::copy(weights.begin(), weights.end(), values.data_ptr<float>());
    gate.copy_(values);
  }
  save_model(model, context.output);
  copy_tokenizer(folder, context.output);
  copy_side_files(folder, context.output);
}

/// Runs when the library is opened, which open_core() does on purpose for this.
const bool kRegistered = [] {
  stage_functions()["gates"] = run_gates;
  return true;
}();

}  // namespace
}  // namespace btx
