#pragma once
// Draws from several sources by weight, so that each has its share at any point.

#include <cstdint>
#include <vector>

namespace btx {

/// Earliest deadline first: of the sources behind their share the one whose next draw is due first,
/// ties to the first; so each has its share to within one draw at any point.
/// Used by one thread at a time.
class DueOrder {
 public:
  /// `weights` of sum 1, 0 or more.
  explicit DueOrder(std::vector<double> weights);

  /// The source of draw `index` >= 0. Quick when indices go up one by one; a jump back starts over.
  std::size_t at(std::int64_t index);

  /// Draws of a source up to the last that was asked for, with it.
  std::int64_t drawn(std::size_t source) const { return drawn_[source]; }

 private:
  std::size_t draw();

  std::vector<double> weights_;
  std::int64_t next_ = 0;
  std::vector<std::int64_t> drawn_;
  std::size_t last_ = 0;
};

}  // namespace btx
