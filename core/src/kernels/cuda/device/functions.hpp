#pragma once
// The functions of the table, each declared with its type there.
#include "kernels/cuda/device/kernels.hpp"

#include <type_traits>

namespace btx::cuda {

template <class Pointer>
using Function = std::remove_pointer_t<Pointer>;

Function<decltype(Kernels::rms_norm)> rms_norm;
Function<decltype(Kernels::rms_norm_backward)> rms_norm_backward;
Function<decltype(Kernels::rotate)> rotate;
Function<decltype(Kernels::swiglu)> swiglu;
Function<decltype(Kernels::swiglu_backward)> swiglu_backward;
Function<decltype(Kernels::sort_by_expert)> sort_by_expert;
Function<decltype(Kernels::gather_rows)> gather_rows;
Function<decltype(Kernels::combine_rows)> combine_rows;
Function<decltype(Kernels::weighted_swiglu_backward)> weighted_swiglu_backward;
Function<decltype(Kernels::weighted_dots)> weighted_dots;
Function<decltype(Kernels::cross_entropy)> cross_entropy;
Function<decltype(Kernels::adamw)> adamw;
Function<decltype(Kernels::sum_of_squares)> sum_of_squares;

}  // namespace btx::cuda
