#pragma once
// Paths into the packages of a recipe: "package:NAME/inner/path".

#include "base/file.hpp"
#include "config/value.hpp"

#include <btx/params.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace btx {

/// A package as paths know it.
struct PackageFolder {
  std::string name;         ///< in paths
  std::string requirement;  ///< "some-model==1.0"
  std::string folder;       ///< where its files are, once it has been fetched

  void fields(Fields& f) {
    f("name", name, "how paths name the package");
    f("requirement", requirement, "the package and its version");
    f("folder", folder, "where its files are");
  }
};

/// The packages that paths may name in this process from now on: those of the recipe at hand.
/// Plugins' parameters are read in many places; none of them has to hand the packages on. [main]
BTX_EXPORT void set_packages(std::vector<PackageFolder> packages);

/// The packages of the last set_packages().
BTX_EXPORT const std::vector<PackageFolder>& known_packages();

/// Whether a path begins with "package:"; whether there is such a package is not looked at.
BTX_EXPORT bool is_package_path(std::string_view text);

/// Whether local_path() finds the package of a path, if it lies in one.   [any]
BTX_EXPORT bool is_fetched(const std::string& path);

/// Throws btx::Error (usage) with the place: no package of that name, no inner path, or one that
/// leads out of the package. Whether it has such a file is not looked at.   [any]
BTX_EXPORT void check_package_path(const std::string& text, const Place& place);

/// The file or folder on this machine that a path of a recipe names; other paths stay as they are.
/// Throws btx::Error: run for a package that has not been fetched, with what fetches it; usage for
/// what is not in it, with what is.   [any]
BTX_EXPORT std::string local_path(const std::string& path);

}  // namespace btx
