#include "config/package_path.hpp"

#include "base/text.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

constexpr std::string_view kScheme = "package:";
constexpr std::size_t kMostNames = 10;

std::vector<PackageFolder>& packages() {
  static std::vector<PackageFolder> known;
  return known;
}

std::vector<std::string> names_of(const std::vector<PackageFolder>& all) {
  std::vector<std::string> names;
  for (const auto& package : all) names.push_back(package.name);
  return names;
}

struct Parts {
  std::string name, inner;
};

Parts split(const std::string& text) {
  const std::string rest = text.substr(kScheme.size());
  const auto slash = rest.find('/');
  if (slash == std::string::npos) return {rest, ""};
  return {rest.substr(0, slash), rest.substr(slash + 1)};
}

const PackageFolder* find(const std::string& name) {
  const auto found =
      std::ranges::find_if(packages(), [&](const auto& package) { return package.name == name; });
  return found == packages().end() ? nullptr : &*found;
}

std::string unknown(const std::string& name) {
  const auto names = names_of(packages());
  if (names.empty()) {
    return fmt::format("no package is called '{}', as the recipe has no [[package]]", name);
  }
  return fmt::format("no package is called '{}'{}", name, known_names(name, names));
}

bool leads_out(const fs::path& inner) {
  return inner.is_absolute() || std::ranges::find(inner, fs::path("..")) != inner.end();
}

/// What there is beside the part of `inner` that is missing.
std::string near_names(const fs::path& folder, const fs::path& inner) {
  fs::path there;
  std::string missing;
  for (const auto& part : inner) {
    missing = part.string();
    if (!fs::is_directory(folder / there / part)) break;
    there /= part;
  }
  std::vector<std::string> names;
  for (const auto& item : fs::directory_iterator(folder / there)) {
    names.push_back(item.path().filename().string());
  }
  std::ranges::sort(names);
  const std::string hint = did_you_mean(missing, names);
  const std::size_t more = names.size() - std::min(names.size(), kMostNames);
  names.resize(std::min(names.size(), kMostNames));
  return fmt::format("{} {} holds {}{}", hint.empty() ? ";" : hint,
                     there.empty() ? "the package" : "'" + there.string() + "'", join(names),
                     more == 0 ? "" : fmt::format(" and {} more", more));
}

}  // namespace

void set_packages(std::vector<PackageFolder> known) {
  packages() = std::move(known);
}

const std::vector<PackageFolder>& known_packages() {
  return packages();
}

bool is_package_path(std::string_view text) {
  return text.starts_with(kScheme);
}

bool is_fetched(const std::string& path) {
  if (!is_package_path(path)) return true;
  const PackageFolder* package = find(split(path).name);
  return package != nullptr && fs::is_directory(fs::path(package->folder));
}

void check_package_path(const std::string& text, const Place& place) {
  const auto [name, inner] = split(text);
  if (find(name) == nullptr) fail_at(place, fmt::format("{}: {}", text, unknown(name)));
  if (inner.empty()) {
    fail_at(place, fmt::format("{}: needs package:{}/ and a path in the package", text, name));
  }
  if (leads_out(inner)) {
    fail_at(place, fmt::format("{}: leads out of the package; a path in a package has no '..' and "
                               "no '/' in front",
                               text));
  }
}

std::string local_path(const std::string& path) {
  if (!is_package_path(path)) return path;
  check_package_path(path, {});
  const auto [name, inner] = split(path);
  const PackageFolder& package = *find(name);
  if (!fs::is_directory(fs::path(package.folder))) {
    throw Error(
        fmt::format("package '{}' ({}) has not been fetched into {}; 'btx fetch' or 'btx "
                    "run' with this recipe does that",
                    name, package.requirement, fs::path(package.folder).parent_path().string()));
  }
  const fs::path file = (fs::path(package.folder) / inner).lexically_normal();
  if (fs::exists(file)) return file.string();
  throw Error(ExitCode::usage,
              fmt::format("package '{}' ({}) has no '{}'{}", name, package.requirement, inner,
                          near_names(package.folder, inner)));
}

}  // namespace btx
