#pragma once
// Tensors of other programs' files under the names of tensor_layout().

#include "checkpoint/safetensors.hpp"

#include <btx/model_config.hpp>

#include <vector>

namespace btx {

/// What a tensor of a file is to this model:
///   all experts' matrices in one, as transformers 5 keeps them in memory (mlp.experts.gate_up_proj
///   [E, 2F, D], mlp.experts.down_proj [E, D, F], mlp.gate.weight [E, D]): the matrices one by one;
///   a buffer that follows from config.json (rotary_emb.inv_freq): nothing;
///   any other: itself.
/// Throws btx::Error naming the tensor for experts of another shape than the config gives.   [any]
BTX_EXPORT std::vector<StoredTensor> as_named_here(const StoredTensor& tensor,
                                                   const ModelConfig& config);

}  // namespace btx
