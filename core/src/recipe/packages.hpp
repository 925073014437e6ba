#pragma once
// The packages of a recipe: which there are, where they belong in the store, and getting them.

#include "base/file.hpp"
#include "recipe/schema/recipe.hpp"

#include <string>
#include <vector>

namespace btx {

/// A package with what is known of it without the network.
struct Package {
  PackageConfig config;
  fs::path folder;    ///< its files, once it is fetched; named by all that they depend on
  bool used = false;  ///< whether a value of the recipe begins with its name
  Place place;        ///< of its table, for messages
};

/// The packages of a loaded recipe, checked; later paths may name them (set_packages()). Warns of
/// those that nothing uses. Throws btx::Error (usage) with the place: a requirement without exactly
/// one version, what is not a SHA-256, needs without a script, a script that is not there, or a
/// path of [run] that lies in a package.
BTX_EXPORT std::vector<Package> declare_packages(const Value& tree);

/// Downloads, checks, unpacks and converts the package unless it is there; one process
/// a store at a time.
/// Nothing is left behind when that fails. Returns whether it was fetched now.
/// Throws btx::Error: run, with what a program said, interrupted after a signal.
BTX_EXPORT bool fetch_package(const Package& package);

/// fetch_package() for all that are used.
BTX_EXPORT void fetch_packages(const std::vector<Package>& packages);

}  // namespace btx
