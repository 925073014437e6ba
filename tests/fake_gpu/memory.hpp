#pragma once
// Device memory: addresses that host code cannot touch (a read or a write of them is a fault),
// whose bytes stand at a fixed distance, which only the stand-in knows.

#include <c10/core/Allocator.h>

#include <cstddef>

namespace fake_gpu {

/// Devices that the process sees (visible.hpp).
int device_count();
/// The calling thread's current device.
int current_device();
void set_current_device(int device);

/// Where the stand-in itself reads and writes the bytes of device memory; null for null.
void* host_address(const void* device_address);
/// Whether the address is one of device memory, and whether host_address() gave it.
bool is_device_address(const void* address);
bool is_host_address(const void* address);

/// Gives memory of the current device, filled with 0xFF (NaN, -1), so that what was never written
/// shows. Throws c10::OutOfMemoryError where a device would hold more than BTX_FAKE_GPU_BYTES.
c10::Allocator& allocator();

}  // namespace fake_gpu
