#pragma once
// What the tests of this room share.

#include "base/file.hpp"
#include "recipe/toml_file.hpp"

#include <btx/error.hpp>
#include <btx/params.hpp>

#include <string>
#include <unistd.h>

namespace recipe_test {

/// The message of the usage error that `action` throws; anything else shows up as another text.
template <class Action>
std::string message_of(const Action& action) {
  try {
    action();
  } catch (const btx::Error& error) {
    return error.code() == btx::ExitCode::usage ? error.what() : "another exit code";
  }
  return "no error";
}

/// A folder of small files that is the current folder while it lives.
class Folder {
 public:
  Folder() : before_(btx::fs::current_path()) {
    std::string form = (btx::fs::temp_directory_path() / "btx_recipe_XXXXXX").string();
    path_ = ::mkdtemp(form.data());
    btx::fs::current_path(path_);
  }
  ~Folder() {
    btx::fs::current_path(before_);
    btx::fs::remove_all(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const btx::fs::path& path() const { return path_; }
  void write(const std::string& name, const std::string& text) const {
    btx::fs::create_directories((path_ / name).parent_path());
    btx::write_file(path_ / name, text);
  }

 private:
  btx::fs::path before_;
  btx::fs::path path_;
};

inline btx::Value toml(const std::string& text) {
  return btx::parse_toml_text(text, "t.toml");
}

}  // namespace recipe_test
