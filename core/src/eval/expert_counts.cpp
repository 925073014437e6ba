#include "eval/expert_counts.hpp"

#include <ATen/TensorOperators.h>

namespace btx {

void add_expert_counts(const ForwardPass& pass, const at::Tensor& kept, std::int64_t experts,
                       ExpertCounts& counts) {
  counts.resize(pass.sites.size(), std::vector<double>(static_cast<std::size_t>(experts)));
  const at::Tensor rows = kept.view({-1, 1});
  for (std::size_t site = 0; site < pass.sites.size(); ++site) {
    const at::Tensor slots = pass.sites[site].routing.slots;
    for (std::int64_t expert = 0; expert < experts; ++expert) {
      counts[site][static_cast<std::size_t>(expert)] +=
          ((slots == expert) & rows).sum().item<double>();
    }
  }
}

}  // namespace btx
