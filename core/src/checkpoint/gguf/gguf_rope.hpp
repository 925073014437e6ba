#pragma once
// The rotary embedding's scaling in a GGUF file of architecture llama.

#include "checkpoint/gguf/gguf_parts.hpp"

#include <btx/model_config.hpp>

namespace btx {

/// The tensor of divisors, one for each frequency, that stands for llama3 scaling.
inline constexpr const char* kGgufRopeDivisors = "rope_freqs.weight";

/// What `llama.rope.scaling.*` and rope_freqs.weight ask for, for a model of this head_dim and
/// rope_theta. The file says the divisors, not where they come from: those of llama3 scaling with
/// the numbers of every published Llama 3 (low 1, high 4, pretrained on 8192) are known.
/// Throws btx::Error (usage) naming another type, or divisors that are others.
RopeScaling read_gguf_rope(const GgufParts& files, const ModelConfig& config);

}  // namespace btx
