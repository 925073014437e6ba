#include "model/router_host.hpp"

#include <btx/random.hpp>

#include <btx/error.hpp>
#include <btx/merge_strategy.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace btx {

RouterContext::~RouterContext() = default;
Router::~Router() = default;
void Router::after_step(const at::Tensor& /*counts*/, RouterContext& /*context*/) const {}

namespace {

class Context final : public RouterContext {
 public:
  explicit Context(std::uint64_t seed) : seed_(seed) {}

  at::Tensor uniform(std::string_view purpose, std::int64_t columns) const override {
    const std::uint64_t key =
        random_key(seed_, fmt::format("router/{}/layer {}{}/step {}", purpose, layer, part, step));
    const at::Tensor index = token_index.cpu();
    const at::Tensor out = at::empty({index.size(0), columns}, at::kFloat);
    auto* value = out.data_ptr<float>();
    for (std::int64_t n = 0; n < index.size(0); ++n) {
      const auto token = static_cast<std::uint64_t>(index.const_data_ptr<std::int64_t>()[n]);
      for (std::int64_t c = 0; c < columns; ++c) {
        const auto counter = token * static_cast<std::uint64_t>(columns);
        *value++ = random_uniform(key, counter + static_cast<std::uint64_t>(c));
      }
    }
    return out.to(token_index.device());
  }

 private:
  std::uint64_t seed_;
};

/// Refuses what route() may not return (btx/router.hpp), naming the router.
void check(const std::string& who, const Routing& r, std::int64_t tokens, std::int64_t experts) {
  const auto broken = [&](const std::string& what) {
    throw Error(ExitCode::plugin, fmt::format("{}: route() broke its contract: {}", who, what));
  };
  const auto shape = [](const at::Tensor& t) {
    return fmt::format("[{}]", fmt::join(t.sizes(), ", "));
  };
  if (!r.slots.defined() || r.slots.dim() != 2 || r.slots.size(0) != tokens) {
    broken(fmt::format("slots must be [{}, K], got {}", tokens,
                       r.slots.defined() ? shape(r.slots) : "nothing"));
  }
  if (r.slots.scalar_type() != at::kLong) broken("slots must be int64");
  if (!r.weights.defined() || r.weights.sizes() != r.slots.sizes()) {
    broken(fmt::format("weights must have the shape of slots, {}", shape(r.slots)));
  }
  if (r.weights.scalar_type() == at::kBFloat16 || !r.weights.is_floating_point()) {
    broken("weights must be float32, as the logits are");
  }
  // On a GPU looking would stop it at every layer.
  const bool known =
      !r.slots.is_cpu() || r.slots.numel() == 0 ||
      (r.slots.min().item<std::int64_t>() >= -1 && r.slots.max().item<std::int64_t>() < experts);
  if (!known) broken(fmt::format("slots must be experts from 0 to {}, or -1", experts - 1));
  if (!r.probabilities.defined() || r.probabilities.dim() != 2 ||
      r.probabilities.size(0) != tokens || r.probabilities.size(1) != experts) {
    broken(fmt::format("probabilities must be [{}, {}]", tokens, experts));
  }
  if (r.chosen.defined() && (r.chosen.dim() != 2 || r.chosen.size(0) != tokens)) {
    broken(fmt::format("chosen must be [{}, K], got {}", tokens, shape(r.chosen)));
  }
}

}  // namespace

at::Tensor real_tokens(const Batch& batch) {
  return batch.padding.defined() ? batch.padding.logical_not()
                                 : at::ones_like(batch.tokens, at::kBool);
}

RouterHost::RouterHost(const ModelConfig& config, Component<Router> router,
                       const Parameters& parameters)
    : config_(config), router_(std::move(router)) {
  for (const auto& place : routing_sites(config)) {
    Site& mine = sites_.emplace_back();
    mine.place = place;
    mine.gate = parameters.weight(place.gate);
    const auto own = router_.call([&](const Router& r) { return r.tensors(config, place.layer); });
    for (const auto& tensor : own) {
      const std::string name = router_tensor_name(place.layer, tensor.name);
      mine.tensors[tensor.name] =
          tensor.state ? parameters.view(name) : parameters.weight(name).master;
    }
  }
}

namespace {

/// The context's part that does not depend on tokens.
void place_context(Context& context, const RoutingSite& place, const ForwardPass& pass,
                   const ModelConfig& config) {
  context.training = pass.training;
  context.layer = place.layer;
  context.mixture_index = place.mixture_index;
  context.part = place.part;
  context.step = pass.step;
  context.total_steps = pass.total_steps;
  context.step_tokens = pass.step_tokens;
  context.experts = &config.experts;
}

}  // namespace

Dispatch RouterHost::route(const at::Tensor& x, const Batch& batch, ForwardPass& pass) const {
  const std::size_t index = pass.sites.size();
  if (index == sites_.size() && config_.router.granularity == "model") {
    return {pass.sites.front().routing.slots, pass.sites.front().routing.weights};
  }
  const Site& site = sites_.at(index);
  const std::int64_t experts = config_.num_experts();
  SiteRouting record;
  Context context(pass.random_seed);
  place_context(context, site.place, pass, config_);
  // Gate and softmax in float32 at least, whatever the compute type.
  context.hidden = x.scalar_type() == at::kBFloat16 ? x.to(at::kFloat) : x;
  if (pass.keep_inputs) record.input = context.hidden;
  record.logits = at::matmul(context.hidden, site.gate.master.t());
  context.tensors = site.tensors;
  const bool biased = index < pass.selection_bias.size() && pass.selection_bias[index].defined();
  context.selection_bias =
      biased ? pass.selection_bias[index] : at::zeros({experts}, context.hidden.options());
  const at::Tensor row = at::arange(x.size(0), x.options().dtype(at::kLong));
  context.token_index =
      batch.positions.defined() ? batch.positions.reshape(-1) : row + batch.first_token;
  context.sequence = row.floor_divide(batch.tokens.size(1));
  context.mask = real_tokens(batch).view(-1);
  record.routing = router_.call([&](const Router& r) { return r.route(record.logits, context); });
  check(router_.who(), record.routing, x.size(0), experts);
  if (batch.padding.defined()) {  // no expert works on padding
    record.routing.slots = record.routing.slots.masked_fill(batch.padding.view({-1, 1}), -1);
  }
  pass.sites.push_back(record);
  return {record.routing.slots, record.routing.weights};
}

void RouterHost::after_step(const std::vector<std::vector<double>>& load,
                            const ForwardPass& step) const {
  const at::NoGradGuard no_gradient;
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    Context context(step.random_seed);
    place_context(context, sites_[i].place, step, config_);
    context.tensors = sites_[i].tensors;
    at::Tensor counts = at::empty({config_.num_experts()}, at::kDouble);
    std::copy(load[i].begin(), load[i].end(), counts.data_ptr<double>());
    router_.call([&](const Router& r) { r.after_step(counts, context); });
  }
}

}  // namespace btx
