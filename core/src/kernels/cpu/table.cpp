#include "kernels/cpu/ops.hpp"

namespace btx {

const Ops& cpu_ops() {
  static const Ops ops{
      cpu::rms_norm,       cpu::linear, cpu::attention,  sorted_ops().rotate,
      sorted_ops().attend, cpu::swiglu, cpu::expert_ffn, sorted_ops().expert_linear,
      cpu::cross_entropy};
  return ops;
}

}  // namespace btx
