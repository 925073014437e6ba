#include "kernels/aten/ops.hpp"

namespace btx {

const Ops& aten_ops() {
  static const Ops ops = [] {
    Ops made = reference_ops();  // the rotary embedding alone, which inference uses
    made.rms_norm = aten::rms_norm;
    made.add_rms_norm = aten::add_rms_norm;
    made.linear = aten::linear;
    made.attention = aten::attention;
    made.attend = aten::attend;
    made.swiglu = aten::swiglu;
    made.expert_ffn = aten::expert_ffn;
    made.expert_linear = aten::expert_linear;
    made.cross_entropy = aten::cross_entropy;
    made.adamw = aten::adamw;
    made.sum_of_squares = aten::sum_of_squares;
    return made;
  }();
  return ops;
}

}  // namespace btx
