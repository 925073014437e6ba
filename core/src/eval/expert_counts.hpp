#pragma once
// Which experts tokens went to.

#include "model/batch.hpp"

#include <cstdint>
#include <vector>

namespace btx {

/// What each expert got at one routing site.
struct SiteCounts {
  std::vector<double> slots, weights;  ///< [E]: how many slots, and the sum of their weights
};

/// The same at every routing site, for one set of requests.
struct BTX_EXPORT ExpertCounts {
  double tokens = 0;              ///< of texts: one that is of two counts twice
  std::vector<SiteCounts> sites;  ///< in the order of routing_sites()

  /// Adds the routing of one pass. `texts` [N]: of how many texts each of its tokens is, 0 for one
  /// that is of none; bool or int64.
  void add(const ForwardPass& pass, const at::Tensor& texts, std::int64_t experts);

  /// Experts that a token ran through, as a mean over sites; 0 without tokens.
  double experts_per_token() const;
};

}  // namespace btx
