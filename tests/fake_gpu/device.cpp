// What LibTorch asks of a device: how many there are, which is current, its stream and its memory.
// There is one stream a device, and the host runs its kernels at once, in order.
#include "copies.hpp"
#include "counters.hpp"
#include "memory.hpp"

#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

namespace fake_gpu {
namespace {

c10::Device device(int index) {
  return {c10::kCUDA, static_cast<c10::DeviceIndex>(index)};
}
c10::Stream stream(c10::Device of) {
  return c10::Stream(c10::Stream::DEFAULT, of);
}

class Guard final : public c10::impl::DeviceGuardImplInterface {
 public:
  c10::DeviceType type() const override { return c10::kCUDA; }
  c10::Device getDevice() const override { return device(current_device()); }
  c10::Device exchangeDevice(c10::Device next) const override {
    const c10::Device before = getDevice();
    set_current_device(next.index());
    return before;
  }
  void setDevice(c10::Device next) const override {
    TORCH_CHECK(next.index() < device_count(), "invalid device ordinal");
    set_current_device(next.index());
  }
  void uncheckedSetDevice(c10::Device next) const noexcept override {
    set_current_device(next.index());
  }
  c10::DeviceIndex deviceCount() const noexcept override {
    return static_cast<c10::DeviceIndex>(device_count());
  }
  c10::Stream getStream(c10::Device of) const override { return stream(of); }
  void* getStreamNativeHandle(const c10::Stream /*stream*/) const override { return nullptr; }
  c10::Stream getDefaultStream(c10::Device of) const override { return stream(of); }
  c10::Stream getStreamFromGlobalPool(c10::Device of, bool /*high*/) const override {
    return stream(of);
  }
  c10::Stream exchangeStream(c10::Stream of) const override { return stream(of.device()); }
  void record(void** event, const c10::Stream& /*on*/, c10::DeviceIndex /*index*/,
              c10::EventFlag /*flag*/) const override {
    *event = const_cast<Guard*>(this);
  }
  void block(void* /*event*/, const c10::Stream& /*on*/) const override {}
  bool queryEvent(void* /*event*/) const override { return true; }
  bool queryStream(const c10::Stream& /*of*/) const override { return true; }
  void synchronizeStream(const c10::Stream& /*of*/) const override { settle("stream"); }
  void synchronizeEvent(void* /*event*/) const override { settle("event"); }
  void synchronizeDevice(c10::DeviceIndex /*index*/) const override { settle("device"); }
};

class Hooks final : public at::CUDAHooksInterface {
 public:
  explicit Hooks(at::CUDAHooksArgs /*arguments*/) {}
  void init() const override {}
  bool hasCUDA() const override { return true; }
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex /*index*/) const override { return true; }
  c10::DeviceIndex deviceCount() const override {
    return static_cast<c10::DeviceIndex>(device_count());
  }
  int getNumGPUs() const override { return device_count(); }
  c10::DeviceIndex current_device() const override {
    return static_cast<c10::DeviceIndex>(fake_gpu::current_device());
  }
  c10::DeviceIndex getCurrentDevice() const override { return current_device(); }
  c10::Allocator* getCUDADeviceAllocator() const override { return &allocator(); }
  void deviceSynchronize(c10::DeviceIndex /*index*/) const override { settle("device"); }
};

struct SetUp {
  SetUp() {
    Counters::of_process();
    c10::SetAllocator(c10::kCUDA, &allocator());
  }
} set_up;

}  // namespace

using FakeHooks = Hooks;
using FakeGuard = Guard;

}  // namespace fake_gpu

namespace at {
using FakeCudaHooks = fake_gpu::FakeHooks;
C10_REGISTER_CLASS(CUDAHooksRegistry, CUDAHooks, FakeCudaHooks)
}  // namespace at

namespace c10::impl {
C10_REGISTER_GUARD_IMPL(CUDA, fake_gpu::FakeGuard)
}  // namespace c10::impl
