#include "base/file.hpp"
#include "base/hash.hpp"
#include "support.hpp"

#include <btx/error.hpp>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <string>

using namespace btx;
using namespace btx_test;

TEST_CASE("a written file reads back and has the digest of its bytes") {
  const auto path = scratch("file") / "a";
  const std::string data(3'000'000, 'x');
  write_file(path, data);
  CHECK(read_file(path) == data);
  CHECK(digest_file(path) == digest(data));
}

TEST_CASE("an output file that is not closed leaves nothing") {
  const auto path = scratch("file") / "b";
  {
    OutputFile file(path);
    file.write("half");
  }
  CHECK_FALSE(fs::exists(path));
  OutputFile file(path);
  file.write("whole");
  file.close();
  CHECK(read_file(path) == "whole");
}

TEST_CASE("a full disk is named") {
  if (!fs::exists("/dev/full")) return;
  try {
    OutputFile file("/dev/full");
    file.write("x");
    file.close();
    FAIL("writing to /dev/full must throw");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("disk full") != std::string::npos);
  }
}

TEST_CASE("a missing file is named") {
  CHECK_THROWS_WITH_AS(read_file("/nowhere/x"), "cannot read /nowhere/x: No such file or directory",
                       Error);
}

TEST_CASE("a lock is exclusive and ends with its object") {
  const auto path = scratch("file") / "lock";
  {
    const auto held = FileLock::wait(path);
    CHECK_FALSE(FileLock::attempt(path).has_value());
  }
  CHECK(FileLock::attempt(path).has_value());
}

TEST_CASE("a pipe that nobody writes to holds up nobody") {
  const auto path = scratch("file-pipe") / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK(contains(error_of([&] { read_file(path); }), "pipe: an empty pipe"));
  CHECK(contains(error_of([&] { MappedFile{path}; }), "pipe: not a regular file"));
  CHECK(contains(error_of([&] { digest_file(path); }), "pipe: not a regular file"));
}
