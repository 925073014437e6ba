// What killed processes left is removed, and nothing else.
#include "base/files/leftovers.hpp"
#include "support.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

using namespace btx;
using namespace btx_test;

namespace {

/// The number of a process that has ended.
pid_t ended_process() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return child;
}

void make_old(const fs::path& folder) {
  fs::last_write_time(folder, fs::file_time_type::clock::now() - std::chrono::hours(1));
}

}  // namespace

TEST_CASE("unfinished files of ended processes are removed, and those of others stay") {
  const auto folder = scratch("unfinished");
  const std::string ended = std::to_string(ended_process()), own = std::to_string(::getpid());
  for (const auto& name : {std::string("a.json"), "a.json.tmp" + ended, "a.json.tmp" + own,
                           std::string("a.tmp"), "a.json.tmp" + ended + "x"}) {
    write_file(folder / name, "text");
  }
  remove_unfinished_files(folder);
  CHECK(!fs::exists(folder / ("a.json.tmp" + ended)));
  CHECK(std::distance(fs::directory_iterator(folder), {}) == 4);
  CHECK_NOTHROW(remove_unfinished_files(folder / "none"));
}

TEST_CASE("temporary folders are removed when nobody holds them") {
  const auto parent = scratch("temporary");
  for (const char* name : {"btx-left00", "btx-held00", "btx-models", "other"}) {
    make_folder(parent / name);
    if (std::string(name) != "btx-models") write_file(parent / name / kTemporaryLock, "");
    make_old(parent / name);
  }
  make_folder(parent / "btx-newone");
  write_file(parent / "btx-newone" / kTemporaryLock, "");
  const auto held = FileLock::wait(parent / "btx-held00" / kTemporaryLock);
  remove_temporary_folders(parent);
  CHECK(!fs::exists(parent / "btx-left00"));
  for (const char* name : {"btx-held00", "btx-models", "other", "btx-newone"}) {
    CHECK(fs::exists(parent / name));
  }
}
