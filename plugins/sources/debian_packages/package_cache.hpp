#pragma once
// Debian packages as files: found in the download folder or fetched from the registry, never
// installed.

#include <btx/data_source.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sources {

/// One version of a package.
struct Package {
  std::string file;    ///< NAME_VERSION_ARCHITECTURE.deb, ':' written as %3a
  std::string sha256;  ///< of that file
  std::uint64_t bytes = 0;

  /// The same before and after the download.
  std::string identity() const { return file + " sha256=" + sha256; }
};

/// The packages in context.cache_dir. Each has a file of sha256sum's format beside it. A package
/// that is there is used as it is, also when the registry has a newer one.
class PackageCache {
 public:
  explicit PackageCache(const btx::SourceContext& context);

  /// The packages of these names, from the folder or as the registry describes them; asks the
  /// registry at most once, downloads nothing. Throws btx::Error for a name that neither knows,
  /// with the lines of TOML that put one's own text in its place.
  std::map<std::string, Package> find(const std::vector<std::string>& names) const;

  /// The package's file, downloaded and checked if it is not there. Other processes may do the same
  /// at the same time. Throws btx::Error as find().
  std::filesystem::path fetch(const std::string& name, const std::string& identity) const;

 private:
  bool find_downloaded(const std::string& name, Package& package) const;
  std::map<std::string, Package> ask_registry(const std::vector<std::string>& names) const;
  Package download(const std::string& name, const std::string& identity) const;
  [[noreturn]] void fail(const std::string& problem, const std::string& output) const;

  std::filesystem::path folder_;
  std::string domain_;
};

}  // namespace sources
