// One target as libFuzzer calls it; run.sh defines which.
#include "fuzz/targets.hpp"

#include "base/log_level.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  btx::set_log_level(btx::LogLevel::error);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  btx_test::BTX_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
