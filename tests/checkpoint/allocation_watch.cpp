#include "checkpoint/allocation_watch.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <new>

namespace {
std::atomic<std::size_t> g_largest{0};  // NOLINT: operator new has no other place
}  // namespace

std::size_t btx_test::largest_allocation() {
  return g_largest.exchange(0);
}

std::size_t btx_test::resident_bytes() {
  std::size_t virtual_pages = 0, resident_pages = 0;
  std::ifstream("/proc/self/statm") >> virtual_pages >> resident_pages;
  return resident_pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void* operator new(std::size_t bytes) {
  if (bytes > g_largest) g_largest = bytes;
  if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept {
  if (bytes > g_largest) g_largest = bytes;
  return std::malloc(bytes == 0 ? 1 : bytes);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
  std::free(memory);
}
