#pragma once
// LibTorch's ways to say that memory is full, as messages for users.

#include <btx/error.hpp>

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <string>

namespace btx {

/// The error of who ran out of memory; `advice` is what to do. Rethrows an
/// error that is about something else.
[[noreturn]] inline void refuse_for_memory(const std::string& who, const char* advice,
                                           const c10::Error& error) {
  const std::string text = error.what_without_backtrace();
  const bool gpu = dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr;
  if (!gpu && text.find("can't allocate memory") == std::string::npos) throw;
  throw Error(fmt::format("{}: {} has no memory left ({}); {}", who,
                          gpu ? "the GPU" : "this machine", text.substr(0, text.find('\n')),
                          advice));
}

/// f(), with LibTorch's out of memory as a btx::Error.
template <class F>
auto with_memory(const std::string& who, const char* advice, F&& f) {
  try {
    return f();
  } catch (const c10::Error& error) {
    refuse_for_memory(who, advice, error);
  }
}

}  // namespace btx
