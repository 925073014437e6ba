#pragma once
// Frequencies of the rotary embedding, scaled for contexts longer than those of pretraining.

#include <btx/export.hpp>
#include <btx/model_config.hpp>

namespace btx {

/// What becomes of an angle per position, `frequency` = theta^(-2j/d), under this scaling:
///   linear   frequency / factor
///   llama3   by the wavelength w = 2 pi / frequency and the context L of pretraining: as it is
///            where w < L / high_freq_factor, divided by factor where w > L / low_freq_factor,
///            between the two a mean of both whose weights change linearly with L / w.
/// Source: transformers, modeling_rope_utils (there in float32).   [any]
BTX_EXPORT double scaled_frequency(const RopeScaling& scaling, double frequency);

/// "default", "linear", "llama3", as config.json writes them.   [any]
BTX_EXPORT const char* rope_type_name(RopeType type);

/// Throws btx::Error (usage) naming the number that is out of range.   [any]
BTX_EXPORT void check_rope_scaling(const RopeScaling& scaling);

}  // namespace btx
