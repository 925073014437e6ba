#pragma once
// What a program asked of the stand-in GPU: kernels, waits, bytes. Written at the end of the
// process to the file that BTX_FAKE_GPU_REPORT names, a line "NAME NUMBER" each, after a line
// "process ARGUMENTS".

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace fake_gpu {

/// Process-wide. Every function may be called by any thread.
class Counters {
 public:
  static Counters& of_process();
  ~Counters();

  void launch(const std::string& kernel);
  /// The host stands still until the GPU has done all it was given. With BTX_FAKE_GPU_NO_WAITS set
  /// it throws instead, so that a debugger shows who waits.
  void wait(const std::string& why);
  void copy_up(std::size_t bytes);
  void copy_down(std::size_t bytes);
  void take(std::size_t bytes);
  void give(std::size_t bytes);
  std::size_t held();
  std::size_t peak();

 private:
  Counters();
  void report() const;
  void write(std::FILE* file) const;

  std::mutex mutex_;
  std::map<std::string, long> launches_, waits_;
  long copies_up_ = 0, copies_down_ = 0;
  std::size_t bytes_up_ = 0, bytes_down_ = 0;
  std::size_t held_ = 0, peak_ = 0;
};

}  // namespace fake_gpu
