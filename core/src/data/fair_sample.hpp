#pragma once
// Which of many are looked at where there is no time for all of them: documents that are scored,
// stretches of token files for dev losses and probes. Always the same ones, but none for its place
// or size.

#include <btx/export.hpp>

#include <cstdint>
#include <vector>

namespace btx {

/// `wanted` of the numbers 0 .. total - 1, or all: those with the smallest hashes, in ascending
/// order.   [any]
BTX_EXPORT std::vector<std::int64_t> fair_sample(std::int64_t total, std::int64_t wanted);

/// Indices of the `wanted` smallest of `hashes`, in ascending order of the index.   [any]
BTX_EXPORT std::vector<std::int64_t> smallest(const std::vector<std::uint64_t>& hashes,
                                              std::int64_t wanted);

}  // namespace btx
