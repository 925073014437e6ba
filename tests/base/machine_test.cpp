#include "base/machine/gpus.hpp"
#include "base/machine/memory.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

void group(const fs::path& folder, const std::string& limit, std::uint64_t current,
           std::uint64_t file_pages) {
  make_folder(folder);
  write_file(folder / "memory.max", limit + "\n");
  write_file(folder / "memory.current", std::to_string(current) + "\n");
  write_file(folder / "memory.stat", "anon 7\ninactive_file " + std::to_string(file_pages) + "\n");
}

}  // namespace

TEST_CASE("a control group allows what it does not use, file pages counted as free") {
  const fs::path root = scratch("groups");
  group(root, "1000", 900, 300);
  CHECK(available_in_groups(root, "/") == 400);
  group(root / "job", "max", 5, 0);
  CHECK(available_in_groups(root, "/job") == 400);
  group(root / "job/step", "250", 100, 0);
  CHECK(available_in_groups(root, "/job/step") == 150);
  group(root / "job/step", "50", 100, 0);
  CHECK(available_in_groups(root, "/job/step") == 0);
}

TEST_CASE("limits of version 1 count, too, with the file pages of all below") {
  const fs::path root = scratch("groups-1");
  make_folder(root / "job");
  write_file(root / "job/memory.limit_in_bytes", "1000\n");
  write_file(root / "job/memory.usage_in_bytes", "900\n");
  write_file(root / "job/memory.stat", "inactive_file 100\ntotal_inactive_file 300\n");
  CHECK(available_in_groups(root, "/job") == 400);
  CHECK(available_in_groups(root, "/job/below") == 400);
  CHECK(available_in_groups(root, "/") == UINT64_MAX);
}

TEST_CASE("without limits, or without groups, there is none") {
  const fs::path root = scratch("no-groups");
  CHECK(available_in_groups(root, "/") == UINT64_MAX);
  CHECK(available_in_groups(root, "/a/b") == UINT64_MAX);
  group(root, "max", 10, 0);
  CHECK(available_in_groups(root, "/a") == UINT64_MAX);
  CHECK(available_memory() > 0);
}

TEST_CASE("a process is shown one GPU by its name among those that its parent sees") {
  CHECK(only_gpu(2, "") == "2");
  CHECK(only_gpu(0, "5") == "5");
  CHECK(only_gpu(0, "3,GPU-8a,1") == "3");
  CHECK(only_gpu(1, "3,GPU-8a,1") == "GPU-8a");
  CHECK(only_gpu(2, "3,GPU-8a,1") == "1");
}
