#include "model/router_host.hpp"

#include <btx/random.hpp>
#include "model/layout.hpp"

#include <btx/error.hpp>
#include <btx/merge_strategy.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
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
        random_key(seed_, fmt::format("router/{}/layer {}/step {}", purpose, layer, step));
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

[[noreturn]] void broken(const std::string& what) {
  throw Error(ExitCode::plugin, "a router broke its contract: " + what);
}

void check(const Routing& r, std::int64_t tokens, std::int64_t experts) {
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
  if (!r.probabilities.defined() || r.probabilities.dim() != 2 ||
      r.probabilities.size(0) != tokens || r.probabilities.size(1) != experts) {
    broken(fmt::format("probabilities must be [{}, {}]", tokens, experts));
  }
}

}  // namespace

RouterHost::RouterHost(const ModelConfig& config, Component<Router> router,
                       const Parameters& parameters)
    : config_(config), router_(std::move(router)) {
  layers_.resize(static_cast<std::size_t>(config.num_layers));
  const bool gated =
      !router_.call([&](const Router& r) { return r.traits(config.num_experts()); }).takes_hidden;
  for (std::int64_t layer = 0; layer < config.num_layers; ++layer) {
    if (!config.is_mixture(layer)) continue;
    Layer& mine = layers_[static_cast<std::size_t>(layer)];
    if (gated) mine.gate = parameters.weight(tensor_names::gate(layer));
    const auto own = router_.call([&](const Router& r) { return r.tensors(config, layer); });
    for (const auto& tensor : own) {
      mine.tensors[tensor.name] = parameters.weight(router_tensor_name(layer, tensor.name)).master;
    }
  }
}

Dispatch RouterHost::route(const at::Tensor& x, const Batch& batch, std::int64_t layer,
                           ForwardPass& pass) const {
  const Layer& mine = layers_[static_cast<std::size_t>(layer)];
  const std::int64_t experts = config_.num_experts();
  const auto longs = x.options().dtype(at::kLong);
  // Gate and softmax in float32 at least, whatever the compute type.
  const at::Tensor wide = x.scalar_type() == at::kBFloat16 ? x.to(at::kFloat) : x;
  LayerRouting record;
  record.layer = layer;
  at::Tensor input = wide;
  if (mine.gate.master.defined()) {
    record.logits = at::matmul(wide, mine.gate.master.t());
    input = record.logits;
  }
  Context context(pass.random_seed);
  context.training = pass.training;
  context.layer = layer;
  context.step = pass.step;
  context.experts = &config_.experts;
  context.tensors = mine.tensors;
  const std::size_t index = pass.layers.size();
  const bool biased = index < pass.selection_bias.size() && pass.selection_bias[index].defined();
  context.selection_bias =
      biased ? pass.selection_bias[index] : at::zeros({experts}, wide.options());
  const at::Tensor row = at::arange(x.size(0), longs);
  context.token_index = row + batch.first_token;
  context.sequence = row.floor_divide(batch.tokens.size(1));
  context.mask = (batch.targets >= 0).view(-1);
  record.routing = router_.call([&](const Router& r) { return r.route(input, context); });
  check(record.routing, x.size(0), experts);
  pass.layers.push_back(record);
  return {record.routing.slots, record.routing.weights};
}

void RouterHost::after_step(const std::vector<std::vector<double>>& load, std::int64_t step,
                            std::uint64_t random_seed) const {
  std::size_t index = 0;
  for (std::int64_t layer = 0; layer < config_.num_layers; ++layer) {
    if (!config_.is_mixture(layer)) continue;
    Context context(random_seed);
    context.training = true;
    context.layer = layer;
    context.step = step;
    context.experts = &config_.experts;
    context.tensors = layers_[static_cast<std::size_t>(layer)].tensors;
    at::Tensor counts = at::empty({config_.num_experts()}, at::kDouble);
    std::copy(load[index].begin(), load[index].end(), counts.data_ptr<double>());
    ++index;
    const at::NoGradGuard no_gradient;
    router_.call([&](const Router& r) { r.after_step(counts, context); });
  }
}

}  // namespace btx
