#include "base/temporary_folder.hpp"

#include "base/files/leftovers.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <cstdlib>

namespace btx {

TemporaryFolder::TemporaryFolder() {
  remove_temporary_folders(fs::temp_directory_path());
  std::string name = (fs::temp_directory_path() / "btx-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw Error(fmt::format("cannot make a folder in {}; set TMPDIR to one that can be written",
                            fs::temp_directory_path().string()));
  }
  path_ = name;
  lock_.emplace(FileLock::wait(path_ / kTemporaryLock));
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace btx
