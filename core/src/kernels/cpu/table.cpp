#include "kernels/cpu/ops.hpp"

namespace btx {

const Ops& cpu_ops() {
  static const Ops ops = [] {
    Ops made = aten_ops();
    made.rms_norm = cpu::rms_norm;
    made.add_rms_norm = cpu::add_rms_norm;
    made.linear = cpu::linear;
    made.attention = cpu::attention;
    made.swiglu = cpu::swiglu;
    made.choose = cpu::choose;
    made.top_k = cpu::top_k;
    made.uniform = cpu::uniform;
    made.expert_ffn = cpu::expert_ffn;
    made.cross_entropy = cpu::cross_entropy;
    made.adamw = cpu::adamw;
    made.sum_of_squares = cpu::sum_of_squares;
    return made;
  }();
  return ops;
}

}  // namespace btx
