#include "stages/models/gates.hpp"

#include "checkpoint/side_files.hpp"
#include "checkpoint/tokenizer_files.hpp"
#include "data/fair_sample.hpp"
#include "data/token_file.hpp"
#include "mix/gate_weights.hpp"
#include "model/load.hpp"
#include "recipe/stage_names.hpp"
#include "stages/stage_seed.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>

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

/// Reads `limit` train tokens of a domain, a fair sample of whole sequences.
void probe_domain(const Decoder& decoder, const TokenFile& file, std::int64_t limit,
                  std::size_t domain, Probe& probe) {
  const std::int64_t length = std::min(decoder.config().context, file.size());
  const std::int64_t sequences = std::max<std::int64_t>(1, std::min(limit, file.size()) / length);
  const auto chosen = fair_sample(file.size() / length, sequences);
  for (std::int64_t first = 0; first < sequences; first += kSequences) {
    const std::int64_t size = std::min(kSequences, sequences - first);
    Batch batch;
    batch.tokens = at::empty({size, length}, at::kLong);
    for (std::int64_t i = 0; i < size; ++i) {
      file.copy(
          chosen[static_cast<std::size_t>(first + i)] * length,
          {batch.tokens.data_ptr<std::int64_t>() + i * length, static_cast<std::size_t>(length)});
    }
    batch.tokens = batch.tokens.to(decoder.device());
    ForwardPass pass;
    pass.keep_inputs = true;
    decoder.hidden(batch, pass);
    decoder.check_routing(pass);
    add_pass(pass, domain, probe.tokens.size(), probe);
  }
  probe.tokens[domain] = static_cast<double>(sequences * length);
}

void set_gates(const LoadedModel& model, const GatesWork& work, const Probe& probe) {
  const auto init = make_component<GateInit>(work.init.type, work.init.params);
  const std::uint64_t seed = stage_seed(work.seed, work.purpose);
  const auto sites = routing_sites(model.config);
  for (std::size_t i = 0; i < sites.size(); ++i) {
    const GateProbe mine{work.domains, probe.tokens, doubles(probe.sums[i]),
                         doubles(probe.gram[i])};
    GateSite site = gate_site(model.config, sites[i], seed);
    for (const auto& expert : work.data) site.data.push_back(expert.shares());
    const auto weights = gate_weights(init, site, &mine, work.by_group);
    const at::Tensor gate = model.parameters->view(sites[i].gate);
    const at::Tensor values = at::empty(gate.sizes(), at::kFloat);
    std::copy(weights.begin(), weights.end(), values.data_ptr<float>());
    gate.copy_(values);
  }
}

}  // namespace

void run(const GatesWork& work, const StageContext& context) {
  const at::NoGradGuard no_gradient;
  const fs::path folder = context.input("init");
  Training training;
  training.saved = true;
  const LoadedModel model = load_model(ModelFolder(folder), work.engine, training);
  Probe probe;
  probe.tokens.resize(work.domains.size());
  for (std::size_t d = 0; d < work.domains.size(); ++d) {
    const TokenFile file(context.input(tokens_stage(work.domains[d])) / "train.tokens",
                         model.config.vocab_size);
    probe_domain(*model.decoder, file, work.init.probe_tokens, d, probe);
  }
  set_gates(model, work, probe);
  save_model(model, context.output);
  copy_tokenizer(folder, context.output);
  copy_side_files(folder, context.output);
}

}  // namespace btx
