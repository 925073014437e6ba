#include "copies.hpp"

#include "counters.hpp"
#include "dry.hpp"
#include "memory.hpp"
#include "views.hpp"

#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <torch/library.h>

#include <cstring>
#include <mutex>
#include <vector>

namespace fake_gpu {
namespace {

/// A copy that has begun: `now` is what was copied, `host` where it came from or goes to.
struct Pending {
  at::Tensor host, now;
  bool up;
};

std::mutex pending_mutex;
std::vector<Pending>& pending() {
  static auto* all = new std::vector<Pending>;
  return *all;
}

void count(const at::Tensor& to, const at::Tensor& from) {
  if (to.is_cuda() && from.is_cuda()) {
    Counters::of_process().launch("aten::copy_");
  } else if (to.is_cuda()) {
    Counters::of_process().copy_up(bytes_of(from));
  } else {
    Counters::of_process().copy_down(bytes_of(from));
  }
}

/// The GPU works on; the host side of the copy is not to be relied on before the next wait.
void begin(const at::Tensor& to, const at::Tensor& from) {
  const bool up = to.is_cuda();
  const at::Tensor now = host_view(from).clone();
  if (up) {
    host_view(to).copy_(now);
  } else {
    TORCH_CHECK(to.is_contiguous(), "a copy that does not block needs contiguous memory");
    std::memset(to.mutable_data_ptr(), 0xFF, bytes_of(to));
  }
  const std::lock_guard lock(pending_mutex);
  pending().push_back({up ? from : to, now, up});
}

at::Tensor& copy(at::Tensor& self, const at::Tensor& from, bool non_blocking) {
  if (self.numel() == 0) return self;
  count(self, from);
  const bool across = self.is_cuda() != from.is_cuda();
  if (is_dry() && is_large(self)) {
    if (across && !non_blocking) settle("copy");
    return self;
  }
  if (across && non_blocking) {
    begin(self, from);
    return self;
  }
  if (across) settle(self.is_cuda() ? "copy up" : "copy down");
  host_view(self).copy_(host_view(from));
  return self;
}

at::Scalar local_scalar_dense(const at::Tensor& self) {
  settle("item");
  return at::_local_scalar_dense(host_view(self));
}

at::Tensor empty(c10::IntArrayRef size, std::optional<at::ScalarType> dtype,
                 std::optional<c10::Layout> /*layout*/, std::optional<c10::Device> device,
                 std::optional<bool> /*pin*/, std::optional<c10::MemoryFormat> format) {
  const c10::OptionalDeviceGuard guard(device);
  return at::detail::empty_generic(size, &allocator(), c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                   c10::dtype_or_default(dtype), format);
}

at::Tensor empty_strided(c10::IntArrayRef size, c10::IntArrayRef stride,
                         std::optional<at::ScalarType> dtype, std::optional<c10::Layout> /*layout*/,
                         std::optional<c10::Device> device, std::optional<bool> /*pin*/) {
  const c10::OptionalDeviceGuard guard(device);
  return at::detail::empty_strided_generic(size, stride, &allocator(),
                                           c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                           c10::dtype_or_default(dtype));
}

const at::Tensor& resize(const at::Tensor& self, c10::IntArrayRef size,
                         std::optional<c10::MemoryFormat> /*format*/) {
  auto* tensor = self.unsafeGetTensorImpl();
  const std::size_t held = self.storage().nbytes();
  const std::size_t bytes =
      static_cast<std::size_t>(c10::multiply_integers(size)) * self.element_size();
  if (held < bytes) {
    auto grown =
        c10::make_intrusive<c10::StorageImpl>(c10::StorageImpl::use_byte_size_t(), bytes,
                                              allocator().allocate(bytes), &allocator(), true);
    if (held > 0) allocator().copy_data(grown->mutable_data(), self.storage().data(), held);
    tensor->set_storage_keep_dtype(c10::Storage(grown));
  }
  tensor->set_sizes_contiguous(size);
  return self;
}

void record_stream(at::Tensor& /*tensor*/, c10::Stream /*stream*/) {}

}  // namespace

void settle(const std::string& why) {
  Counters::of_process().wait(why);
  std::vector<Pending> landing;
  {
    const std::lock_guard lock(pending_mutex);
    landing.swap(pending());
  }
  for (const auto& copy : landing) {
    if (copy.up) {
      TORCH_CHECK(at::equal(copy.host, copy.now),
                  "the source of a copy to the GPU was changed before the copy landed");
    } else {
      at::Tensor to = copy.host;
      to.copy_(copy.now);
    }
  }
}

TORCH_LIBRARY_IMPL(aten, CUDA, m) {
  m.impl("empty.memory_format", empty);
  m.impl("empty_strided", empty_strided);
  m.impl("copy_", copy);
  m.impl("_local_scalar_dense", local_scalar_dense);
  m.impl("resize_", resize);
  m.impl("record_stream", record_stream);
}

}  // namespace fake_gpu
