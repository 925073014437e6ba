#pragma once
// What the stand-in's libbtx_cuda.so (cuda_module.cpp) asks of its libtorch_cuda.so: C functions,
// as the two are libraries of their own.

extern "C" {

/// memory.hpp's host_address() of an address of device memory; any other as it is.
__attribute__((visibility("default"))) void* btx_fake_gpu_host_address(const void* device_address);

/// Counts the launch of a kernel of so many threads; whether it is to be computed: not in dry mode,
/// where it is large.
__attribute__((visibility("default"))) bool btx_fake_gpu_launches(long threads);

}  // extern "C"
