#pragma once
// On what a stage computed a model; its manifest has it as `computed`.

#include <btx/params.hpp>

#include <cstdint>
#include <string>

namespace btx {

/// No key has it: `auto` is `auto` there, and threads and cards change results in rounding alone.
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
};

}  // namespace btx
