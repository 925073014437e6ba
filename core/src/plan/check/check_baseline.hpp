#pragma once
// Whether a baseline's settings go together.

#include "plan/resolve/resolve.hpp"

#include <string>
#include <vector>

namespace btx {

/// What is wrong with a baseline, and the key of its table that is to be changed.
struct BaselineFault {
  std::string what;              ///< empty: nothing
  std::vector<std::string> key;  ///< {"train", "data"}; empty: the table as a whole
};

/// Checks the baseline's `from`, `mix`, `ensemble`, `match` and `train`. `baseline.train.data` is
/// what the recipe says, without defaults.
BaselineFault check_baseline(const ResolvedBaseline& baseline, bool experts_trained, bool finetuned,
                             bool rates_given);

}  // namespace btx
