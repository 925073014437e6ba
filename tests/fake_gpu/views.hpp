#pragma once
// Tensors of the stand-in GPU as tensors of the CPU, and back.

#include <ATen/core/Tensor.h>

#include <map>

namespace fake_gpu {

/// The CPU tensor over the same bytes; a tensor that is not on the GPU comes back as it is.
at::Tensor host_view(const at::Tensor& tensor);

/// Bytes that a tensor's view reaches in its storage.
std::size_t bytes_of(const at::Tensor& tensor);

/// Makes GPU tensors of what a CPU kernel returned. It remembers the storages of the arguments, so
/// that a result that is a view of one is a view of it on the GPU as well.
class Returned {
 public:
  /// The host view of an argument.
  at::Tensor argument(const at::Tensor& tensor);
  at::Tensor result(const at::Tensor& tensor) const;
  /// An argument that the kernel wrote to, and may have given another size or storage.
  static void write_back(const at::Tensor& argument, const at::Tensor& written);

 private:
  std::map<const void*, c10::Storage> storages_;
};

}  // namespace fake_gpu
