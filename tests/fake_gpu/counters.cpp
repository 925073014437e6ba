#include "counters.hpp"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace fake_gpu {
namespace {

std::string command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string all((std::istreambuf_iterator<char>(file)), {});
  std::replace(all.begin(), all.end(), '\0', ' ');
  return all;
}

long sum_of(const std::map<std::string, long>& counts) {
  long sum = 0;
  for (const auto& [name, count] : counts) sum += count;
  return sum;
}

}  // namespace

Counters& Counters::of_process() {
  static Counters counters;
  return counters;
}

/// btx ends without destructors.
Counters::Counters() {
  std::at_quick_exit([] { of_process().report(); });
}

Counters::~Counters() {
  report();
}

void Counters::report() const {
  const char* path = std::getenv("BTX_FAKE_GPU_REPORT");
  std::FILE* file = path == nullptr ? nullptr : std::fopen(path, "a");
  if (file == nullptr) return;
  write(file);
  std::fclose(file);
}

void Counters::write(std::FILE* file) const {
  std::fprintf(file, "process %s\n", command_line().c_str());
  std::fprintf(file, "launches %ld\nwaits %ld\n", sum_of(launches_), sum_of(waits_));
  std::fprintf(file, "copies_up %ld\ncopies_down %ld\n", copies_up_, copies_down_);
  std::fprintf(file, "bytes_up %zu\nbytes_down %zu\npeak_bytes %zu\n", bytes_up_, bytes_down_,
               peak_);
  for (const auto& [name, count] : waits_) std::fprintf(file, "wait:%s %ld\n", name.c_str(), count);
  for (const auto& [name, count] : launches_)
    std::fprintf(file, "launch:%s %ld\n", name.c_str(), count);
}

void Counters::launch(const std::string& kernel) {
  const std::lock_guard lock(mutex_);
  ++launches_[kernel];
}

void Counters::wait(const std::string& why) {
  static const bool forbidden = std::getenv("BTX_FAKE_GPU_NO_WAITS") != nullptr;
  TORCH_CHECK(!forbidden, "the host would wait for the GPU: ", why);
  const std::lock_guard lock(mutex_);
  ++waits_[why];
}

void Counters::copy_up(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  ++copies_up_;
  bytes_up_ += bytes;
}

void Counters::copy_down(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  ++copies_down_;
  bytes_down_ += bytes;
}

void Counters::take(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  held_ += bytes;
  peak_ = std::max(peak_, held_);
}

void Counters::give(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  held_ -= bytes;
}

std::size_t Counters::held() {
  const std::lock_guard lock(mutex_);
  return held_;
}

std::size_t Counters::peak() {
  const std::lock_guard lock(mutex_);
  return peak_;
}

}  // namespace fake_gpu
