#pragma once
// Whether experts can be told apart as a gate initialisation does it.

#include "stages/models/gates.hpp"

#include <btx/model_config.hpp>

namespace btx {

/// Throws btx::Error (usage) as the gate initialisation does for these experts, whatever the text:
/// it is asked for one narrow gate, with a probe whose directions are all alike.   [any]
void check_gates(const GatesWork& work, const ModelConfig& model);

}  // namespace btx
