// Records that are added whole or not at all, whatever the disk does.
#include "base/files/append_file.hpp"
#include "support.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>

using namespace btx;
using namespace btx_test;

namespace {

/// Files end at so many bytes while it lives: what is written beyond is cut, as on a full disk.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    handler_ = ::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = SIG_DFL;
};

}  // namespace

TEST_CASE("a record that does not fit leaves nothing, and the next ones are whole") {
  const auto path = scratch("append") / "metrics.jsonl";
  AppendFile file(path);
  file.append("{\"step\":1}\n");
  {
    const FileLimit limit(15);
    CHECK(contains(error_of([&] { file.append("{\"step\":2}\n"); }),
                   "metrics.jsonl: File too large"));
  }
  CHECK(read_file(path) == "{\"step\":1}\n");
  AppendFile other(path);
  other.append("{\"step\":3}\n");
  file.append("{\"step\":4}\n");
  CHECK(read_file(path) == "{\"step\":1}\n{\"step\":3}\n{\"step\":4}\n");
}

TEST_CASE("a line that was cut is taken away, and only that") {
  const auto path = scratch("append-cut") / "metrics.jsonl";
  for (const auto& [before, after] :
       {std::pair{"a\nb\nhalf", "a\nb\n"}, {"a\n", "a\n"}, {"half", ""}, {"", ""}}) {
    write_file(path, before);
    AppendFile file(path);
    file.drop_cut_line();
    CHECK(read_file(path) == after);
  }
}
