#include "dry.hpp"

#include "memory.hpp"
#include "views.hpp"

#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>

#include <algorithm>
#include <cstdlib>

namespace fake_gpu {
namespace {

constexpr std::int64_t kLarge = std::int64_t{1} << 20;

at::Tensor shape_of(const at::Tensor& tensor) {
  if (!tensor.defined()) return tensor;
  auto meta =
      at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options().device(at::kMeta));
  if (tensor.unsafeGetTensorImpl()->is_wrapped_number()) {
    meta.unsafeGetTensorImpl()->set_wrapped_number(true);
  }
  return meta;
}

c10::IValue shapes_of(const c10::IValue& value) {
  if (value.isTensor()) return shape_of(value.toTensor());
  if (value.isDevice()) return c10::Device(c10::kMeta);
  if (!value.isTensorList()) return value;
  std::vector<at::Tensor> all;
  for (const at::Tensor& tensor : value.toTensorVector()) all.push_back(shape_of(tensor));
  return all;
}

at::Tensor on_device(const at::Tensor& shape) {
  at::Tensor made = at::detail::empty_strided_generic(shape.sizes(), shape.strides(), &allocator(),
                                                      c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                                      shape.scalar_type());
  if (made.is_floating_point() && !is_large(made)) host_view(made).normal_();
  return made;
}

}  // namespace

bool is_dry() {
  static const bool dry = std::getenv("BTX_FAKE_GPU_DRY") != nullptr;
  return dry;
}

bool is_large(const at::Tensor& tensor) {
  return tensor.defined() && tensor.is_floating_point() && tensor.numel() > kLarge;
}

bool is_left_out(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments) {
  if (!is_dry() || !op.hasKernelForDispatchKey(c10::DispatchKey::Meta)) return false;
  return std::any_of(arguments.begin(), arguments.end(), [](const c10::IValue& value) {
    if (value.isTensor()) return is_large(value.toTensor());
    if (!value.isTensorList()) return false;
    const auto all = value.toTensorVector();
    return std::any_of(all.begin(), all.end(), is_large);
  });
}

void leave_out(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments,
               torch::jit::Stack& stack) {
  const std::size_t begin = stack.size() - arguments.size();
  std::vector<c10::IValue> shapes;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    stack[begin + i] = shapes_of(arguments[i]);
    shapes.push_back(stack[begin + i]);
  }
  op.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::Meta), &stack);
  for (std::size_t r = stack.size() - op.schema().returns().size(); r < stack.size(); ++r) {
    if (!stack[r].isTensor() || !stack[r].toTensor().defined()) continue;
    const at::Tensor result = stack[r].toTensor();
    const auto same = std::find_if(shapes.begin(), shapes.end(), [&](const c10::IValue& given) {
      return given.isTensor() && given.toTensor().is_same(result);
    });
    stack[r] =
        same == shapes.end() ? c10::IValue(on_device(result)) : arguments[same - shapes.begin()];
  }
}

}  // namespace fake_gpu
