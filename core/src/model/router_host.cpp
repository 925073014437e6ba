#include "model/router_host.hpp"

#include "base/text.hpp"
#include "model/router_context.hpp"
#include "model/routing_check.hpp"
#include "model_spec/router_info.hpp"
#include "model_spec/tensor_names.hpp"

#include <btx/error.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>

namespace btx {

Router::~Router() = default;
void Router::after_step(const at::Tensor& /*counts*/, RouterContext& /*context*/) const {}

RouterHost::RouterHost(const ModelConfig& config, const LayerRouters& routers,
                       const Parameters& parameters, const Ops& ops)
    : config_(config),
      ops_(ops),
      no_bias_(at::zeros({config.num_experts()}, parameters.master().options())) {
  for (const auto& place : routing_sites(config)) {
    sites_.push_back({place, routers.of(place.layer), parameters.weight(place.gate), {}, {}});
  }
  for (const auto& own : router_tensors(config)) {
    const auto site = std::find_if(sites_.begin(), sites_.end(),
                                   [&](const Site& s) { return s.place.gate == own.site.gate; });
    const at::Tensor tensor =
        own.tensor.state ? parameters.view(own.info.name) : parameters.weight(own.info.name).master;
    if (is_selection_bias(own.info.name)) {
      site->selection_bias = tensor;
    } else {
      site->tensors[own.tensor.name] = tensor;
    }
  }
}

std::size_t RouterHost::first_site(std::int64_t layer) const {
  if (config_.router.granularity == Granularity::model) return 0;
  const auto site = std::find_if(sites_.begin(), sites_.end(),
                                 [&](const Site& s) { return s.place.layer == layer; });
  if (site == sites_.end()) {
    throw Error(fmt::format("layer {} has no routing site; this is a bug", layer));
  }
  return static_cast<std::size_t>(site - sites_.begin());
}

void RouterHost::begin(const Batch& batch, ForwardPass& pass) const {
  pass.sites.assign(sites_.size(), {});
  pass.missing_expert = at::Tensor();
  const at::Tensor row = at::arange(batch.tokens.numel(), batch.tokens.options());
  pass.places.token_index =
      batch.text_hash.defined() ? batch.text_hash.reshape(-1) : row + batch.first_token;
  pass.places.sequence = row.floor_divide(batch.tokens.size(1));
  pass.places.mask = real_tokens(batch).view(-1);
}

std::vector<at::Tensor> RouterHost::selection_biases() const {
  std::vector<at::Tensor> biases;
  for (const auto& site : sites_) {
    if (site.selection_bias.defined()) biases.push_back(site.selection_bias);
  }
  return biases;
}

Routing RouterHost::ask(const Site& site, SiteRouting& record, const at::Tensor& x,
                        ForwardPass& pass) const {
  HostContext context(site.place, pass, config_, ops_);
  context.input = x;
  context.tensors = site.tensors;
  context.selection_bias = site.selection_bias.defined() ? site.selection_bias : no_bias_;
  context.token_index = pass.places.token_index;
  context.sequence = pass.places.sequence;
  context.mask = pass.places.mask;
  // On a CPU the gate reads the copy that the router sees, so that their gradients meet in float32;
  // a GPU's gate reads x, and is spared the copy.
  record.logits = ops_.gate(x.is_cpu() ? context.hidden() : x, site.gate);
  if (pass.keep_inputs) record.input = context.hidden();
  Routing routing =
      site.router.call([&](const Router& r) { return r.route(record.logits, context); });
  const std::string who = site.router.who();
  const std::int64_t experts = config_.num_experts();
  check_routing_shapes(who, routing, record.logits);
  for (at::Tensor* slots : {&routing.slots, &routing.chosen}) {
    if (!slots->defined() || context.gave(*slots)) continue;
    if (x.is_cpu() && !pass.check_late) {
      check_experts_now(who, *slots, experts);
    } else {
      note_missing_experts(*slots, experts, pass.missing_expert);
    }
  }
  return routing;
}

Dispatch RouterHost::route(std::size_t index, const at::Tensor& x, const Batch& batch,
                           ForwardPass& pass) const {
  SiteRouting& record = pass.sites.at(index);
  Routing& routing = record.routing;
  if (routing.slots.defined()) return {routing.slots, routing.weights};
  const Site& site = sites_.at(index);
  routing = ask(site, record, x, pass);
  if (batch.padding.defined()) {  // no expert works on padding
    routing.slots = routing.slots.masked_fill(batch.padding.view({-1, 1}), -1);
  }
  return {routing.slots, routing.weights};
}

at::Tensor RouterHost::routing_sums(const Batch& batch, const ForwardPass& pass) const {
  std::vector<at::Tensor> sums;
  const at::Tensor padding = batch.padding.defined() ? batch.padding.view(-1) : at::Tensor();
  for (const auto& site : pass.sites) {
    const Routing& r = site.routing;
    sums.push_back(ops_.routing_sums({r.slots, r.chosen, r.weights, r.probabilities, site.logits,
                                      padding, batch.tokens.size(0)}));
  }
  return sums.empty() ? at::Tensor() : at::stack(sums);
}

void RouterHost::check(const ForwardPass& pass) const {
  std::vector<std::string> who;
  for (const auto& site : sites_) {
    if (std::ranges::find(who, site.router.who()) == who.end()) who.push_back(site.router.who());
  }
  check_missing_experts(join(who, " or "), pass.missing_expert, config_.num_experts());
}

void RouterHost::after_step(const std::vector<std::vector<double>>& load,
                            const ForwardPass& step) const {
  const at::NoGradGuard no_gradient;
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    if (load[i].empty()) continue;
    HostContext context(sites_[i].place, step, config_, ops_);
    context.tensors = sites_[i].tensors;
    at::Tensor counts = at::empty({config_.num_experts()}, at::kDouble);
    std::copy(load[i].begin(), load[i].end(), counts.data_ptr<double>());
    sites_[i].router.call([&](const Router& r) { r.after_step(counts, context); });
  }
}

}  // namespace btx
