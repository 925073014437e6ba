#include "memory.hpp"

#include "counters.hpp"
#include "dry.hpp"
#include "visible.hpp"

#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/Device.h>
#include <c10/util/Exception.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

namespace fake_gpu {
namespace {

constexpr std::size_t kRoom = std::size_t{1} << 40;
constexpr std::size_t kBlock = 512;  // CUDA's allocator rounds up to it
constexpr std::size_t kSmall = std::size_t{1} << 20;

char* map_room(int access) {
  void* room = ::mmap(nullptr, kRoom, access, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  TORCH_CHECK(room != MAP_FAILED, "the stand-in GPU got no addresses for its memory");
  return static_cast<char*>(room);
}

/// A block that is given back is used again by the next that is about as large, as CUDA's allocator
/// does.
class Room {
 public:
  static Room& of_process() {
    static auto* room = new Room;  // outlives tensors of static storage
    return *room;
  }

  char* take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto found = free_.lower_bound(bytes);
    if (found != free_.end() && found->first <= bytes + bytes / 8 + 4096) {
      char* block = found->second;
      sizes_[block] = found->first;
      free_.erase(found);
      return block;
    }
    TORCH_CHECK(top_ + bytes <= kRoom, "the stand-in GPU has no addresses left");
    char* block = device_ + top_;
    top_ += bytes;
    sizes_[block] = bytes;
    return block;
  }

  void give(char* block) {
    const std::lock_guard lock(mutex_);
    const auto found = sizes_.find(block);
    free_.emplace(found->second, block);
    sizes_.erase(found);
  }

  char* host(const void* address) const {
    return host_ + (static_cast<const char*>(address) - device_);
  }
  bool is_device(const void* address) const {
    const char* byte = static_cast<const char*>(address);
    return byte >= device_ && byte < device_ + kRoom;
  }
  bool is_host(const void* address) const {
    const char* byte = static_cast<const char*>(address);
    return byte >= host_ && byte < host_ + kRoom;
  }

 private:
  char* device_ = map_room(PROT_NONE);
  char* host_ = map_room(PROT_READ | PROT_WRITE);
  std::mutex mutex_;
  std::size_t top_ = 0;
  std::multimap<std::size_t, char*> free_;
  std::map<char*, std::size_t> sizes_;
};

struct Block {
  char* address;
  std::size_t bytes;
};

void release(void* context) {
  if (context == nullptr) return;
  auto* block = static_cast<Block*>(context);
  Counters::of_process().give(block->bytes);
  Room::of_process().give(block->address);
  delete block;
}

std::size_t limit() {
  const char* bytes = std::getenv("BTX_FAKE_GPU_BYTES");
  return bytes == nullptr ? kRoom : std::strtoull(bytes, nullptr, 10);
}

class DeviceAllocator final : public c10::DeviceAllocator {
 public:
  bool initialized() override { return true; }
  void emptyCache(c10::MempoolId_t /*pool*/) override {}
  void recordStream(const c10::DataPtr& /*data*/, c10::Stream /*stream*/) override {}
  c10::CachingDeviceAllocator::DeviceStats getDeviceStats(c10::DeviceIndex /*device*/) override {
    constexpr auto kAll = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
    c10::CachingDeviceAllocator::DeviceStats stats;
    stats.allocated_bytes[kAll].current = static_cast<std::int64_t>(Counters::of_process().held());
    stats.allocated_bytes[kAll].peak = static_cast<std::int64_t>(Counters::of_process().peak());
    return stats;
  }
  void resetAccumulatedStats(c10::DeviceIndex /*device*/) override {}
  void resetPeakStats(c10::DeviceIndex /*device*/) override {}

  c10::DataPtr allocate(std::size_t bytes) override {
    const c10::Device device(c10::kCUDA, static_cast<c10::DeviceIndex>(current_device()));
    if (bytes == 0) return {nullptr, nullptr, &release, device};
    bytes = (bytes + kBlock - 1) / kBlock * kBlock;
    TORCH_CHECK_WITH(OutOfMemoryError, Counters::of_process().held() + bytes <= limit(),
                     "CUDA out of memory. Tried to allocate ", bytes, " bytes");
    char* address = Room::of_process().take(bytes);
    Counters::of_process().take(bytes);
    // In dry mode small results that were left out are zeros, as steps stop at what is not finite.
    if (!is_dry()) std::memset(host_address(address), 0xFF, bytes);
    if (is_dry() && bytes <= kSmall) std::memset(host_address(address), 0, bytes);
    return {address, new Block{address, bytes}, &release, device};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    std::memcpy(host_address(to), host_address(from), bytes);
  }
};

thread_local int current = 0;

}  // namespace

int device_count() {
  return static_cast<int>(visible_devices().size());
}

int current_device() {
  return current;
}
void set_current_device(int device) {
  current = device;
}

void* host_address(const void* device_address) {
  return device_address == nullptr ? nullptr : Room::of_process().host(device_address);
}

bool is_device_address(const void* address) {
  return Room::of_process().is_device(address);
}

bool is_host_address(const void* address) {
  return Room::of_process().is_host(address);
}

c10::Allocator& allocator() {
  static auto* all = new DeviceAllocator;
  return *all;
}

}  // namespace fake_gpu
