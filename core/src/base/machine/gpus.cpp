#include "base/machine/gpus.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <array>

namespace btx {
namespace {

/// NVIDIA's driver library, opened when it is first asked for; its functions return 0 for success.
class Driver {
 public:
  Driver() : library_(::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL)) {
    ready_ = call<unsigned>("cuInit", 0U);
  }

  /// Calls a function of the driver. False if it is missing or fails.
  template <class... Arguments>
  bool call(const char* name, Arguments... arguments) const {
    if (library_ == nullptr) return false;
    const auto function = reinterpret_cast<int (*)(Arguments...)>(::dlsym(library_, name));
    return function != nullptr && function(arguments...) == 0;
  }

  bool ready() const { return ready_; }

 private:
  void* library_;
  bool ready_ = false;
};

const Driver& driver() {
  static const Driver opened;
  return opened;
}

}  // namespace

std::vector<Gpu> gpus() {
  int count = 0;
  if (!driver().ready() || !driver().call("cuDeviceGetCount", &count)) return {};
  std::vector<Gpu> all;
  for (int device = 0; device < count; ++device) {
    std::array<char, 256> name{};
    std::size_t bytes = 0;
    driver().call("cuDeviceGetName", name.data(), static_cast<int>(name.size()) - 1, device);
    driver().call("cuDeviceTotalMem_v2", &bytes, device);
    all.push_back({name.data(), bytes});
  }
  return all;
}

std::string only_gpu(std::size_t index, const std::string& visible) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < index && begin != std::string::npos; ++i) {
    begin = visible.find(',', begin);
    if (begin != std::string::npos) ++begin;
  }
  if (visible.empty() || begin == std::string::npos) return std::to_string(index);
  return visible.substr(begin, visible.find(',', begin) - begin);
}

std::string driver_cuda_version() {
  int version = 0;
  if (!driver().call("cuDriverGetVersion", &version)) return "";
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

}  // namespace btx
