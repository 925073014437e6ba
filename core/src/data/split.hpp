#pragma once
// The three parts of a domain's documents.

namespace btx {

/// Train is trained on; dev decides (dev losses, weights of merges and ensembles); test is scored
/// and decides nothing.
enum class Split { train, dev, test };

}  // namespace btx
