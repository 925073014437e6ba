#pragma once
// What the tests of several rooms share.

#include "base/file.hpp"

#include <btx/error.hpp>

#include <string>

namespace btx_test {

/// An empty folder of this name in the build folder.
inline btx::fs::path scratch(const std::string& name) {
  btx::fs::path folder = btx::fs::path(BTX_BUILD_DIR) / "tests" / ("scratch-" + name);
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

}  // namespace btx_test
