// What no architecture of transformers expresses.
#include "base/text.hpp"
#include "checkpoint/hf_export.hpp"
#include "model/layout.hpp"

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

std::vector<std::string> export_obstacles(const ModelFolder& model, bool mixtral_router) {
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
  if (!mixtral_router) {
    reasons.push_back(
        fmt::format("router '{}' weighs experts in another way than Mixtral, which "
                    "takes the softmax over the largest logits",
                    c.router.type));
  }
  if (c.router.granularity != "ffn") {
    reasons.push_back(
        fmt::format("the router decides once for each {} (granularity \"{}\"), "
                    "Mixtral's for each FFN",
                    c.router.granularity == "linear" ? "matrix" : "model", c.router.granularity));
  }
  if (const std::string dense = dense_layers(c); !dense.empty()) {
    reasons.push_back(
        fmt::format("layers {} are dense, Mixtral has experts in every layer", dense));
  }
  const auto layout = static_cast<std::size_t>(std::ssize(tensor_layout(c)));
  if (model.tensors().size() > layout) {
    reasons.push_back(
        fmt::format("the router has {} tensors of its own ('{}', ...), which would "
                    "be lost",
                    model.tensors().size() - layout, model.tensors()[layout].name));
  }
  return reasons;
}

}  // namespace btx
