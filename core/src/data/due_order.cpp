#include "data/due_order.hpp"

#include <utility>

namespace btx {

DueOrder::DueOrder(std::vector<double> weights)
    : weights_(std::move(weights)), drawn_(weights_.size(), 0) {}

// The (n + 1)-th draw of a source of weight w is due by (n + 1) / w and may not come before n / w.
// On one processor that schedule is never late.
std::size_t DueOrder::draw() {
  const double end = static_cast<double>(++next_);
  std::size_t best = weights_.size();
  double first_due = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const auto drawn = static_cast<double>(drawn_[i]);
    if (drawn >= weights_[i] * end) continue;
    const double due = (drawn + 1) / weights_[i];
    if (best < weights_.size() && due >= first_due) continue;
    best = i;
    first_due = due;
  }
  ++drawn_.at(best);
  return best;
}

std::size_t DueOrder::at(std::int64_t index) {
  if (index + 1 < next_) {
    next_ = 0;
    drawn_.assign(weights_.size(), 0);
  }
  while (next_ <= index) last_ = draw();
  return last_;
}

}  // namespace btx
