#include "pipeline/stage_process.hpp"

#include "base/log_level.hpp"
#include "base/machine/gpus.hpp"
#include "base/program.hpp"
#include "base/sandbox.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <spawn.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

namespace btx {
namespace {

/// Texts as a system call takes them.
class Texts {
 public:
  void add(std::string text) { texts_.push_back(std::move(text)); }
  /// Valid until the next add().
  char* const* pointers() {
    pointers_.clear();
    for (auto& text : texts_) pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
    return pointers_.data();
  }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

/// This process's own environment, with one GPU to be seen if the stage has one.
Texts environment_with(std::optional<std::size_t> gpu) {
  const std::string name = "CUDA_VISIBLE_DEVICES=";
  Texts all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!gpu || !std::string_view(*entry).starts_with(name)) all.add(*entry);
  }
  if (!gpu) return all;
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  all.add(name + only_gpu(*gpu, visible == nullptr ? "" : visible));
  return all;
}

}  // namespace

pid_t start_stage(const fs::path& run, const std::string& name, std::optional<std::size_t> gpu) {
  const std::string program = program_path().string();
  Texts words;
  for (const auto& word : {program, std::string("stage"), run.string(), name}) words.add(word);
  if (log_level() == LogLevel::debug) words.add("--verbose");
  if (log_level() == LogLevel::error) words.add("--quiet");
  if (unsafe_code_allowed()) words.add("--unsafe-code");
  Texts environment = environment_with(gpu);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, program.c_str(), nullptr, &attributes, words.pointers(),
                                  environment.pointers());
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) throw Error(fmt::format("cannot start {}: {}", program, std::strerror(error)));
  return pid;
}

}  // namespace btx
