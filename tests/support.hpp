#pragma once
// What the tests of several rooms share.

#include "base/file.hpp"

#include <btx/error.hpp>

#include <cerrno>
#include <string>

namespace btx_test {

/// Where scratch(name) lies: in the build folder, for this test program alone.
inline btx::fs::path scratch_path(const std::string& name) {
  const std::string program = program_invocation_short_name;
  return btx::fs::path(BTX_BUILD_DIR) / "tests" / "scratch" / program / name;
}

/// An empty folder of this name.
inline btx::fs::path scratch(const std::string& name) {
  btx::fs::path folder = scratch_path(name);
  btx::fs::remove_all(folder);
  btx::make_folder(folder);
  return folder;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// What f threw: its code and its message; ok and "" if nothing.
struct Caught {
  btx::ExitCode code = btx::ExitCode::ok;
  std::string message;
};

/// Runs f; what is not a btx::Error goes on.
template <class F>
Caught caught(F&& f) {
  try {
    f();
  } catch (const btx::Error& error) {
    return {error.code(), error.what()};
  }
  return {};
}

/// The message of the btx::Error that f throws; "" if it throws none.
template <class F>
std::string error_of(F&& f) {
  return caught(f).message;
}

/// The message of the usage error that f throws; "" if it throws nothing. What another error says
/// is left out, so that no test takes it for a refusal.
template <class F>
std::string usage_error_of(F&& f) {
  const Caught result = caught(f);
  const bool expected = result.code == btx::ExitCode::ok || result.code == btx::ExitCode::usage;
  return expected ? result.message : "not a usage error";
}

}  // namespace btx_test
