#include "base/temporary_folder.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <cstdlib>

namespace btx {

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "btx-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw Error(fmt::format("cannot make a folder in {}; set TMPDIR to one that can be written",
                            fs::temp_directory_path().string()));
  }
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace btx
