#include "kernels/cpu/ops.hpp"

namespace btx {

const Ops& cpu_ops() {
  static const Ops ops{cpu::rms_norm,     cpu::linear,     cpu::attention,
                       cpu::swiglu,       cpu::expert_ffn, sorted_ops().expert_linear,
                       cpu::cross_entropy};
  return ops;
}

}  // namespace btx
