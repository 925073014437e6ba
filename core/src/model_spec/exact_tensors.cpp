#include "model_spec/exact_tensors.hpp"

#include "model_spec/layout.hpp"
#include "model_spec/router_info.hpp"
#include "model_spec/routing_sites.hpp"

namespace btx {

std::vector<std::string> exact_tensors(const ModelConfig& config) {
  std::vector<std::string> names;
  for (const auto& tensor : tensor_layout(config)) {
    if (tensor.shape.size() == 1) names.push_back(tensor.name);
  }
  for (const auto& site : routing_sites(config)) names.push_back(site.gate);
  for (const auto& own : router_tensors(config)) names.push_back(own.info.name);
  names.emplace_back(config.tie_embeddings ? "model.embed_tokens.weight" : "lm_head.weight");
  return names;
}

}  // namespace btx
