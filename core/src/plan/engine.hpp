#pragma once
// What `auto` in [engine] becomes on this machine.

#include "recipe/schema/engine.hpp"

namespace btx {

/// device, dtype and threads decided: the GPU if the driver shows one and LibTorch has its CUDA
/// part (without that a warning says so), bfloat16 where the processor multiplies it in hardware,
/// one thread per core. Throws btx::Error (usage) when "cuda" is asked for and there is no GPU.
BTX_EXPORT EngineConfig resolve_engine(EngineConfig engine);

}  // namespace btx
