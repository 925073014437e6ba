#pragma once
// The order of training data: which domain and which window each sequence is. A pure function of
// (seed, number of the sequence), so that a run can start anywhere and another micro-batch size or
// number of processes visits the same sequences.

#include "data/token_file.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace btx {

/// A domain's share of the training stream.
struct MixtureDomain {
  std::string name;
  const TokenFile* tokens = nullptr;
  double weight = 1;  ///< >= 0; normalised over the domains
};

/// Sequences of length + 1 tokens (inputs and next tokens). Each domain's stream is cut into
/// windows of `length`; an epoch visits all of them once, in an order of its own (permute()). The
/// domain of a sequence is, of those behind their share, the one whose next sequence is due first,
/// ties to the first; so each domain has its share to within one sequence at any point.
/// The token files must outlive it.
class BTX_EXPORT DataMixture {
 public:
  /// Throws btx::Error (usage) for negative or all-zero weights, and for a domain with a positive
  /// weight that has fewer than length + 1 tokens (naming it).
  DataMixture(std::vector<MixtureDomain> domains, std::int64_t length, std::uint64_t seed);

  std::size_t num_domains() const { return domains_.size(); }

  /// Writes sequence number `index` >= 0, [length + 1] tokens, and returns its domain. Quick when
  /// indices go up one by one; a jump back starts over.   [one thread at a time]
  std::size_t sequence(std::int64_t index, std::span<std::int64_t> out);

 private:
  std::size_t draw();
  std::int64_t window_of(std::size_t domain, std::int64_t nth) const;

  std::vector<MixtureDomain> domains_;  ///< weights sum to 1
  std::int64_t length_;
  std::uint64_t seed_;
  std::int64_t next_ = 0;
  std::vector<std::int64_t> drawn_;  ///< sequences of each domain before next_
};

}  // namespace btx
