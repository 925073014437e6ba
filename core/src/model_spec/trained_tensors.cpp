#include "model_spec/trained_tensors.hpp"

#include "base/text.hpp"
#include "model_spec/layout.hpp"
#include "model_spec/router_info.hpp"

#include <algorithm>

namespace btx {

std::vector<std::string> trained_tensors(const ModelConfig& config,
                                         const std::vector<std::string>& frozen) {
  std::vector<std::string> names;
  for (const auto& tensor : tensor_layout(config)) names.push_back(tensor.name);
  for (const auto& own : router_tensors(config)) {
    if (!own.tensor.state) names.push_back(own.info.name);
  }
  std::erase_if(names, [&](const std::string& name) {
    return std::any_of(frozen.begin(), frozen.end(),
                       [&](const std::string& glob) { return glob_match(glob, name); });
  });
  return names;
}

}  // namespace btx
