#include "kernels/choose.hpp"

#include "kernels/cuda/module.hpp"

namespace btx {

const Ops& ops_for(KernelChoice kernels, at::Device device, at::ScalarType type) {
  if (kernels == KernelChoice::reference) return reference_ops();
  const bool rows = type == at::kFloat || type == at::kBFloat16;
  if (kernels == KernelChoice::aten || !rows) return aten_ops();
  if (device.is_cpu()) return cpu_ops();
  if (device.is_cuda() && cuda::module_is_open()) return cuda_ops();
  return aten_ops();
}

const Ops& ops_for(const at::Tensor& buffer) {
  return ops_for(KernelChoice::fast, buffer.device(), buffer.scalar_type());
}

}  // namespace btx
