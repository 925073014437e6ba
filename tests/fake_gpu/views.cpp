#include "views.hpp"

#include "memory.hpp"

#include <ATen/ATen.h>

#include <cstring>

namespace fake_gpu {
namespace {

at::Tensor over(c10::Storage storage, c10::DispatchKey key, const at::Tensor& like) {
  auto made = at::detail::make_tensor<c10::TensorImpl>(std::move(storage), c10::DispatchKeySet(key),
                                                       like.dtype());
  made.unsafeGetTensorImpl()->set_storage_offset(like.storage_offset());
  made.unsafeGetTensorImpl()->set_sizes_and_strides(like.sizes(), like.strides());
  return made;
}

c10::Storage upload(const at::Tensor& host) {
  const std::size_t bytes = host.storage().nbytes();
  auto storage = c10::make_intrusive<c10::StorageImpl>(
      c10::StorageImpl::use_byte_size_t(), bytes, allocator().allocate(bytes), &allocator(), true);
  if (bytes > 0) std::memcpy(host_address(storage->mutable_data()), host.storage().data(), bytes);
  return c10::Storage(storage);
}

}  // namespace

at::Tensor host_view(const at::Tensor& tensor) {
  if (!tensor.defined() || !tensor.is_cuda()) return tensor;
  const std::size_t bytes = tensor.storage().nbytes();
  if (bytes == 0)
    return at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options().device(at::kCPU));
  auto storage = c10::make_intrusive<c10::StorageImpl>(
      c10::StorageImpl::use_byte_size_t(), bytes,
      c10::DataPtr(host_address(tensor.storage().data()), c10::Device(c10::kCPU)), nullptr, false);
  at::Tensor view = over(c10::Storage(storage), c10::DispatchKey::CPU, tensor);
  if (tensor.is_conj()) view._set_conj(true);
  if (tensor.unsafeGetTensorImpl()->is_wrapped_number())
    view.unsafeGetTensorImpl()->set_wrapped_number(true);
  return view;
}

std::size_t bytes_of(const at::Tensor& tensor) {
  return static_cast<std::size_t>(tensor.numel()) * tensor.element_size();
}

at::Tensor Returned::argument(const at::Tensor& tensor) {
  at::Tensor view = host_view(tensor);
  if (tensor.defined() && tensor.is_cuda()) storages_[view.storage().data()] = tensor.storage();
  return view;
}

at::Tensor Returned::result(const at::Tensor& tensor) const {
  if (!tensor.defined() || tensor.is_cuda()) return tensor;
  const auto known = storages_.find(tensor.storage().data());
  const bool view = tensor.storage().data() != nullptr && known != storages_.end();
  return over(view ? known->second : upload(tensor), c10::DispatchKey::CUDA, tensor);
}

void Returned::write_back(const at::Tensor& argument, const at::Tensor& written) {
  auto* tensor = argument.unsafeGetTensorImpl();
  if (written.storage().nbytes() > 0 && !is_host_address(written.storage().data())) {
    tensor->set_storage_keep_dtype(upload(written));
  }
  if (argument.sizes() != written.sizes() || argument.strides() != written.strides()) {
    tensor->set_sizes_and_strides(written.sizes(), written.strides());
  }
}

}  // namespace fake_gpu
