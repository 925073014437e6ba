#include "common/files.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace sources {
namespace fs = std::filesystem;
namespace {

bool matches(const std::string& name, const std::vector<std::string>& globs) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    return ::fnmatch(glob.c_str(), name.c_str(), 0) == 0;
  });
}

}  // namespace

std::vector<FoundFile> find_files(const fs::path& folder, const std::vector<std::string>& globs) {
  std::vector<FoundFile> files;
  try {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string name = entry.path().lexically_relative(folder).generic_string();
      if (!entry.is_regular_file() || !matches(name, globs)) continue;
      files.push_back({name, entry.path(), entry.file_size()});
    }
  } catch (const fs::filesystem_error& error) {
    throw btx::Error(fmt::format("cannot read {}: {}",
                                 (error.path1().empty() ? folder : error.path1()).string(),
                                 error.code().message()));
  }
  std::sort(files.begin(), files.end(),
            [](const FoundFile& a, const FoundFile& b) { return a.name < b.name; });
  return files;
}

std::vector<FoundFile> find_files(const std::vector<std::string>& paths,
                                  const std::vector<std::string>& globs) {
  std::vector<FoundFile> files;
  for (const std::string& text : paths) {
    const fs::path path = fs::path(text + "/").lexically_normal().parent_path();
    const std::string base = path.filename().generic_string();
    std::error_code code;
    if (fs::is_directory(path, code)) {
      const auto found = find_files(path, globs);
      for (const FoundFile& file : found) {
        files.push_back({base + "/" + file.name, file.path, file.bytes});
      }
      if (found.empty()) {
        throw btx::Error(fmt::format("{}: no file in it matches {}", text, fmt::join(globs, ", ")));
      }
    } else if (fs::is_regular_file(path, code)) {
      files.push_back({base, path, fs::file_size(path)});
    } else if (fs::exists(path, code)) {  // a device or a pipe may have no end
      throw btx::Error(fmt::format("cannot read {}: it is neither a file nor a folder", text));
    } else {
      throw btx::Error(fmt::format("cannot read {}: no such file or folder", text));
    }
  }
  return files;
}

std::vector<btx::Shard> file_shards(const std::vector<std::string>& paths,
                                    const std::vector<std::string>& globs) {
  std::vector<btx::Shard> shards;
  for (const auto& file : find_files(paths, globs)) {
    shards.push_back({file.name, file.path.string(), true, file.bytes});
  }
  return shards;
}

std::string read_file(const fs::path& path) {
  const auto fail = [&] {
    throw btx::Error(fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file) fail();
  std::string data, buffer(std::size_t{1} << 18, '\0');
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    data.append(buffer, 0, got);
  }
  if (std::ferror(file.get()) != 0) fail();
  return data;
}

}  // namespace sources
