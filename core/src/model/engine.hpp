#pragma once
// What `auto` in [engine] becomes on this machine. Without LibTorch's headers.

#include "recipe/schema/engine.hpp"

namespace btx {

/// Device and dtype decided: the GPU if the driver shows one and LibTorch has its CUDA part (without
/// that a warning says so), bfloat16 where the processor multiplies it in hardware. What is decided
/// stays, also "cuda" where there is no GPU: plans are made for other machines.   [any]
BTX_EXPORT EngineConfig decide_engine(EngineConfig engine);

/// The same where models are to be computed. Throws btx::Error (usage) for "cuda" without a GPU.
/// [any]
BTX_EXPORT EngineConfig engine_here(const EngineConfig& engine);

}  // namespace btx
