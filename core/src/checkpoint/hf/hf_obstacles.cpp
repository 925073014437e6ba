// What no architecture of transformers expresses.
#include "base/text.hpp"
#include "checkpoint/hf/hf_export.hpp"
#include "model_spec/layout.hpp"
#include "model_spec/router_info.hpp"

#include <fmt/format.h>

namespace btx {
namespace {

std::string dense_layers(const ModelConfig& config) {
  std::vector<std::string> layers;
  for (std::int64_t layer = 0; layer < config.num_layers; ++layer) {
    if (!config.is_mixture(layer)) layers.push_back(std::to_string(layer));
  }
  return join(layers);
}

}  // namespace

std::vector<std::string> export_obstacles(const ModelFolder& model, const MixtralForm& form) {
  const ModelConfig& c = model.config();
  std::vector<std::string> reasons;
  if (c.num_experts() == 0) {
    if (c.hidden_size % c.num_heads != 0) {
      reasons.push_back(
          fmt::format("transformers' LlamaConfig needs a hidden_size that is a "
                      "multiple of the heads, here {} and {}",
                      c.hidden_size, c.num_heads));
    }
    return reasons;
  }
  if (routers_in(c).size() > 1) {
    reasons.push_back("layers have different routers, Mixtral's have one");
  } else if (!form.same) {
    reasons.push_back(
        fmt::format("router '{}' weighs experts in another way than Mixtral, which "
                    "takes the softmax over the largest logits",
                    c.router.type));
  }
  if (c.router.granularity != Granularity::ffn) {
    reasons.push_back(
        fmt::format("the router decides once for each {} (granularity \"{}\"), "
                    "Mixtral's for each FFN",
                    c.router.granularity == Granularity::linear ? "matrix" : "model",
                    name_of(c.router.granularity)));
  }
  if (const std::string dense = dense_layers(c); !dense.empty()) {
    reasons.push_back(
        fmt::format("layers {} are dense, Mixtral has experts in every layer", dense));
  }
  const auto layout = static_cast<std::size_t>(std::ssize(tensor_layout(c)));
  if (const std::size_t all = model.tensors().size(); all > layout) {
    const std::string& first = model.tensors()[layout].name;
    reasons.push_back(all == layout + 1
                          ? fmt::format("the router's own tensor '{}' would be lost", first)
                          : fmt::format("the router's own {} tensors ('{}', ...) would be lost",
                                        all - layout, first));
  }
  return reasons;
}

}  // namespace btx
