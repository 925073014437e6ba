#pragma once
// Copies between host and device, on one stream. A copy that is said not to block lands when the
// host next waits: until then nobody may change the source of one to the device, and a destination
// on the host holds 0xFF.

#include <string>

namespace fake_gpu {

/// The host waits for the GPU; all copies land. Throws where the source of one was changed before.
void settle(const std::string& why);

}  // namespace fake_gpu
