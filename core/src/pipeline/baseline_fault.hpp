#pragma once
// Whether a baseline's settings go together.

#include "pipeline/resolve.hpp"

#include <string>

namespace btx {

/// What is wrong with a baseline, and what to do; "" if nothing. `baseline.train.data` is what the
/// recipe says, without defaults.
std::string baseline_fault(const ResolvedBaseline& baseline, bool experts_trained, bool finetuned);

}  // namespace btx
