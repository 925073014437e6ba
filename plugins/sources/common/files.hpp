#pragma once
// Finding and reading the files of a source. Compiled into each source plugin.

#include <btx/data_source.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sources {

/// A file that was found.
struct FoundFile {
  std::string name;  ///< relative, with '/'; the same on every machine
  std::filesystem::path path;
  std::uint64_t bytes = 0;
};

/// The regular files below `folder` whose relative path matches one of `globs`, in order of name.
/// In a glob '*' and '?' also match '/'. Links to folders are not followed.
/// Throws btx::Error naming what cannot be read.   [any]
std::vector<FoundFile> find_files(const std::filesystem::path& folder,
                                  const std::vector<std::string>& globs);

/// Files given by `paths`: each a file, taken as it is, or a folder, searched with `globs`. Names
/// begin with the last part of the path. Throws btx::Error for a path that does not exist and for
/// one that yields no file.   [any]
std::vector<FoundFile> find_files(const std::vector<std::string>& paths,
                                  const std::vector<std::string>& globs);

/// find_files() as shards, a file each, whose identity is their digest.
std::vector<btx::Shard> file_shards(const std::vector<std::string>& paths,
                                    const std::vector<std::string>& globs);

/// The whole file. Throws btx::Error naming the path and the reason.   [any]
std::string read_file(const std::filesystem::path& path);

}  // namespace sources
