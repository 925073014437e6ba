#pragma once
// A folder of small files, and TOML.

#include "base/file.hpp"
#include "config/toml_file.hpp"
#include "support.hpp"

#include <btx/params.hpp>

#include <unistd.h>
#include <string>

namespace btx_test {

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

/// A document whose values have places in a file t.toml.
inline btx::Value toml(const std::string& text) {
  return btx::parse_toml_text(text, "t.toml");
}

}  // namespace btx_test
