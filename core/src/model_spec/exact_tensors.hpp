#pragma once
// Which tensors of a model are read in float32 whatever it computes in.

#include <btx/export.hpp>
#include <btx/model_config.hpp>

#include <string>
#include <vector>

namespace btx {

/// Names of the tensors that a forward pass reads in float32: norms, gates and what routers own,
/// and the head (design note 0013). All others it reads in the compute type alone. Throws
/// btx::Error as all_tensors().   [any]
BTX_EXPORT std::vector<std::string> exact_tensors(const ModelConfig& config);

}  // namespace btx
