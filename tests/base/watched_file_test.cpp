// Files that are changed, or changed and put back, while they are read.
#include "base/files/watched_file.hpp"
#include "support.hpp"

#include "base/hash.hpp"

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

TEST_CASE("a file that stays as it is has its digest and is unchanged") {
  const auto file = scratch("watched") / "a.txt";
  write_file(file, "some text");
  const WatchedFile watched(file);
  CHECK(watched.digest() == digest("some text"));
  CHECK(read_file(file) == "some text");
  CHECK_NOTHROW(watched.check_unchanged());
}

TEST_CASE("a file that was written and put back was changed") {
  const auto file = scratch("watched-back") / "a.txt";
  write_file(file, "some text");
  const auto time = fs::last_write_time(file);
  const WatchedFile watched(file);
  write_file(file, "other one");
  write_file(file, "some text");
  fs::last_write_time(file, time);
  CHECK(contains(error_of([&] { watched.check_unchanged(); }), "a.txt was changed while"));
  CHECK(file_identity(file) != watched.identity());
  fs::remove(file);
  CHECK(contains(error_of([&] { watched.check_unchanged(); }), "cannot read"));
}
