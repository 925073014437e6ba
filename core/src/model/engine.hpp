#pragma once
// What `auto` in [engine] becomes on this machine, and what is said of it. Without LibTorch's
// headers.

#include "recipe/schema/engine.hpp"

#include <btx/params.hpp>

#include <cstdint>
#include <string>

namespace btx {

/// On what a stage computed a model; its manifest has it. No key does: `auto` is `auto` there, and
/// threads and cards change results in rounding alone.
struct ComputedOn {
  std::string device, dtype, kernels;
  std::string card;  ///< of a GPU
  std::int64_t threads = 0;

  void fields(Fields& f) {
    f("device", device, "cpu or cuda");
    f("dtype", dtype, "type of activations and products");
    f("kernels", kernels, "which operations were used");
    f("card", card, "name of the GPU", {.omit_default = true});
    f("threads", threads, "threads of the stage");
  }
  /// "cpu in float32", "NVIDIA H200 in bfloat16".
  std::string text() const { return (card.empty() ? device : card) + " in " + dtype; }
};

/// Device and dtype decided: the GPU if the driver shows one and LibTorch has its CUDA part
/// (without that a warning says so), bfloat16 where the processor multiplies it in hardware. What
/// is decided stays, also "cuda" where there is no GPU: plans are made for other machines.   [any]
BTX_EXPORT EngineConfig decide_engine(EngineConfig engine);

/// The same where models are to be computed. Throws btx::Error (usage) for "cuda" without a GPU.
/// [any]
BTX_EXPORT EngineConfig engine_here(const EngineConfig& engine);

/// What is to be said of this machine's engine. Needs engine_here()'s.   [any]
BTX_EXPORT ComputedOn computed_on(const EngineConfig& engine, std::int64_t threads);

}  // namespace btx
