#pragma once
// Dry mode (BTX_FAKE_GPU_DRY): the results of large floating-point operations take memory, and
// nothing is computed, so that the memory of shapes that are too large to be computed here is known
// to the byte.

#include <ATen/core/dispatch/Dispatcher.h>

#include <vector>

namespace fake_gpu {

bool is_dry();

/// Whether the operation is not to be computed: dry mode, a large floating-point argument, and a
/// kernel for shapes alone.
bool is_left_out(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments);

/// Puts results of the right shapes in the place of the arguments on the stack. Small ones are
/// random numbers, so that routing goes everywhere; large ones are not written.
void leave_out(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments,
               torch::jit::Stack& stack);

/// Whether the content of a tensor is not kept.
bool is_large(const at::Tensor& tensor);

}  // namespace fake_gpu
