// Kernels: those of the CPU, run on the bytes of device memory, one for each operator that has one
// there. An argument on the host beside one on the GPU throws, as on a GPU.
#include "copies.hpp"
#include "counters.hpp"
#include "dry.hpp"
#include "memory.hpp"
#include "views.hpp"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace fake_gpu {
namespace {

using Values = std::vector<c10::IValue>;

std::string full_name(const c10::OperatorName& name) {
  return name.overload_name.empty() ? name.name : name.name + "." + name.overload_name;
}

/// What returns on a GPU only when its result is on the host: sizes or decisions depend on it.
bool waits(const std::string& name) {
  static const std::set<std::string> names = {
      "aten::nonzero",  "aten::masked_select",      "aten::_unique2",
      "aten::equal",    "aten::unique_consecutive", "aten::repeat_interleave.Tensor",
      "aten::bincount", "aten::unique_dim",         "aten::histc"};
  return names.count(name) > 0;
}

/// Indices may lie on the host; the GPU's kernel copies them up first.
bool takes_host_indices(const std::string& name) {
  return name == "aten::index.Tensor" || name == "aten::_index_put_impl_" ||
         name == "aten::index_put_";
}

bool makes_views(const c10::FunctionSchema& schema) {
  return std::any_of(schema.returns().begin(), schema.returns().end(),
                     [](const c10::Argument& result) {
                       return result.alias_info() != nullptr && !result.alias_info()->isWrite();
                     });
}

/// One call of an operator.
class Call {
 public:
  Call(const c10::OperatorHandle& op, torch::jit::Stack& stack)
      : op_(op),
        stack_(stack),
        name_(full_name(op.operator_name())),
        begin_(stack.size() - op.schema().arguments().size()),
        given_(stack.begin() + static_cast<std::ptrdiff_t>(begin_), stack.end()) {}

  void run() {
    const bool view = makes_views(op_.schema());
    if (!view) Counters::of_process().launch(name_);
    if (waits(name_)) settle(name_);
    find_device();
    for (std::size_t i = begin_; i < stack_.size(); ++i) stack_[i] = to_host(stack_[i]);
    const c10::OptionalDeviceGuard guard(device_);
    if (!view && is_left_out(op_, given_)) {
      leave_out(op_, given_, stack_);
      return;
    }
    passed_.assign(stack_.begin() + static_cast<std::ptrdiff_t>(begin_), stack_.end());
    op_.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), &stack_);
    write_back();
    for (std::size_t r = 0; r < op_.schema().returns().size(); ++r) take_result(r);
  }

 private:
  /// The device that all GPU tensors of the call are on.
  void find_device() {
    for (const auto& value : given_) {
      if (!value.isTensor() || !value.toTensor().defined() || !value.toTensor().is_cuda()) continue;
      const c10::Device device = value.toTensor().device();
      TORCH_CHECK(!device_ || *device_ == device,
                  "Expected all tensors to be on the same device, but ", name_, " got ", *device_,
                  " and ", device);
      device_ = device;
    }
  }

  at::Tensor to_host(const at::Tensor& tensor) {
    if (tensor.defined() && !tensor.is_cuda() && tensor.dim() > 0) {
      TORCH_CHECK(takes_host_indices(name_), "Expected all tensors to be on the same device, but ",
                  name_, " got one on ", tensor.device(), " of shape ", tensor.sizes(),
                  " beside one on cuda");
      settle(name_ + " with indices on the host");
    }
    return returned_.argument(tensor);
  }

  c10::IValue to_host(const c10::IValue& value) {
    if (value.isTensor()) return to_host(value.toTensor());
    if (value.isDevice()) return c10::Device(c10::kCPU);
    if (value.isTensorList()) {
      Tensors all;
      for (const at::Tensor& tensor : value.toTensorVector()) all.push_back(to_host(tensor));
      return all;
    }
    if (!value.isOptionalTensorList()) return value;
    c10::List<std::optional<at::Tensor>> all;
    for (std::optional<at::Tensor> tensor : value.toOptionalTensorList()) {
      all.push_back(tensor ? std::optional(to_host(*tensor)) : std::nullopt);
    }
    return all;
  }

  void write_back() const {
    for (std::size_t i = 0; i < given_.size(); ++i) {
      const auto* alias = op_.schema().arguments()[i].alias_info();
      if (alias == nullptr || !alias->isWrite() || !given_[i].isTensor()) continue;
      if (given_[i].toTensor().is_cuda())
        Returned::write_back(given_[i].toTensor(), passed_[i].toTensor());
    }
  }

  void take_result(std::size_t index) {
    c10::IValue& value = stack_[stack_.size() - op_.schema().returns().size() + index];
    if (value.isTensorList()) {
      Tensors all;
      for (const at::Tensor& tensor : value.toTensorVector())
        all.push_back(returned_.result(tensor));
      value = all;
    }
    if (!value.isTensor()) return;
    const auto same =
        std::find_if(passed_.begin(), passed_.end(), [&](const c10::IValue& argument) {
          return argument.isTensor() && argument.toTensor().is_same(value.toTensor());
        });
    const auto* alias = op_.schema().returns()[index].alias_info();
    const bool argument = alias != nullptr && alias->isWrite() && same != passed_.end();
    value =
        argument ? given_[same - passed_.begin()] : c10::IValue(returned_.result(value.toTensor()));
  }

  using Tensors = std::vector<at::Tensor>;

  const c10::OperatorHandle& op_;
  torch::jit::Stack& stack_;
  std::string name_;
  std::size_t begin_;
  Values given_, passed_;
  std::optional<c10::Device> device_;
  Returned returned_;
};

void run(const c10::OperatorHandle& op, c10::DispatchKeySet /*keys*/, torch::jit::Stack* stack) {
  Call(op, *stack).run();
}

/// Every operator with a kernel for the CPU gets one here, so that one that LibTorch would else put
/// together from others is one kernel, as on a GPU.
struct Registrations {
  std::vector<c10::RegistrationHandleRAII> handles;

  Registrations() {
    auto& dispatcher = c10::Dispatcher::singleton();
    for (const auto& name : dispatcher.getAllOpNames()) {
      if (name.name.rfind("aten::", 0) != 0) continue;
      const auto op = dispatcher.findOp(name);
      if (!op || !op->hasSchema() || !op->hasKernelForDispatchKey(c10::DispatchKey::CPU)) continue;
      if (op->hasKernelForDispatchKey(c10::DispatchKey::CUDA)) continue;  // copies.cpp
      handles.push_back(dispatcher.registerImpl(name, c10::DispatchKey::CUDA,
                                                c10::KernelFunction::makeFromBoxedFunction<&run>(),
                                                std::nullopt, nullptr, "fake_gpu"));
    }
  }
};

const Registrations* const kRegistrations = new Registrations;

}  // namespace

TORCH_LIBRARY_IMPL(_, CUDA, m) {
  m.fallback(torch::CppFunction::makeFromBoxedFunction<&run>());
}

}  // namespace fake_gpu
