#pragma once
// The order of training data: which domain and which window each sequence is. A pure function of
// (seed, number of the sequence), so that a run can start anywhere and another micro-batch size or
// number of processes visits the same sequences.

#include "data/due_order.hpp"
#include "data/token_file.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace btx {

/// A domain's share of the training stream.
struct BlendDomain {
  std::string name;
  const TokenFile* tokens = nullptr;
  double weight = 1;  ///< >= 0; normalised over the domains
};

/// Sequences of length + 1 tokens (inputs and next tokens). Each domain's stream is cut into
/// windows of `length`; an epoch visits all of them once, in an order of its own (permute()). The
/// domain of a sequence is that of DueOrder. The token files must outlive it.
class BTX_EXPORT DataBlend {
 public:
  /// Throws btx::Error (usage) for negative or all-zero weights, and for a domain with a positive
  /// weight that has fewer than length + 1 tokens (naming it).
  DataBlend(std::vector<BlendDomain> domains, std::int64_t length, std::uint64_t seed);

  /// Writes sequence number `index` >= 0, [length + 1] tokens, and returns its domain. Quick when
  /// indices go up one by one; a jump back starts over.   [one thread]
  std::size_t sequence(std::int64_t index, std::span<std::int64_t> out);

 private:
  std::int64_t window_of(std::size_t domain, std::int64_t nth) const;

  std::vector<BlendDomain> domains_;
  std::int64_t length_;
  std::uint64_t seed_;
  DueOrder order_;
};

/// A stage's stream of sequences, for another stage that is to read the same ones.
struct ReplayedStream {
  std::vector<BlendDomain> domains;  ///< the same ones in all streams
  double sequences = 0;              ///< how many the stage read
  std::uint64_t seed = 0;            ///< of its blend
};

/// The sequences of several stages, each stage's in its own order, side by side in proportion:
/// after as many as they read in all, each has been read once.
class BTX_EXPORT ReplayedBlend {
 public:
  /// Throws btx::Error (usage) as DataBlend.
  ReplayedBlend(const std::vector<ReplayedStream>& streams, std::int64_t length);

  /// As DataBlend::sequence().   [one thread]
  std::size_t sequence(std::int64_t index, std::span<std::int64_t> out);

 private:
  std::vector<DataBlend> blends_;
  DueOrder order_;
};

}  // namespace btx
