#include "recipe/load.hpp"

#include "base/text.hpp"
#include "config/toml_file.hpp"
#include "recipe/merge.hpp"
#include "recipe/override.hpp"
#include "recipe/substitute.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

constexpr std::size_t kMaxChain = 32;
/// Short chains may still branch into more files than anyone wants to read.
constexpr std::size_t kMaxReads = 1000;

class Loader {
 public:
  Value load(const fs::path& path, const Place& asked_by) {
    check(path, asked_by);
    Value document = parse_toml(path, asked_by);
    remember(path);
    chain_.push_back(path);
    Value tree;
    for (const auto& [base, place] : take_extends(document)) {
      merge(tree, load((path.parent_path() / base).lexically_normal(), place));
    }
    chain_.pop_back();
    merge(tree, std::move(document));
    return tree;
  }

  std::vector<fs::path> take_files() { return std::move(files_); }

 private:
  struct Base {
    std::string path;
    Place place;
  };

  static std::vector<Base> take_extends(Value& document) {
    std::vector<Base> bases;
    Value* extends = document.find("extends");
    if (extends == nullptr) return bases;
    substitute_env(*extends);
    const auto take = [&bases](const Value& item) {
      if (!item.is<std::string>() || item.as<std::string>().empty()) {
        fail_at(item.place, fmt::format("extends: needs a file name or a list of them, got {}",
                                        to_toml_inline(item)));
      }
      bases.push_back({item.as<std::string>(), item.place});
    };
    if (extends->is<Array>()) {
      std::ranges::for_each(extends->as<Array>(), take);
    } else {
      take(*extends);
    }
    document.erase("extends");
    return bases;
  }

  void check(const fs::path& path, const Place& asked_by) {
    std::error_code ignored;
    const auto same = [&](const fs::path& other) {
      return other == path || fs::equivalent(other, path, ignored);
    };
    if (std::ranges::any_of(chain_, same)) {
      fail_at(asked_by,
              fmt::format("a recipe extends itself: {} -> {}", chain_text(), path.string()));
    }
    if (chain_.size() >= kMaxChain || ++reads_ > kMaxReads) {
      fail_at(asked_by,
              fmt::format("more than {} recipes extend one another: {}",
                          chain_.size() >= kMaxChain ? kMaxChain : kMaxReads, chain_text()));
    }
  }

  std::string chain_text() const {
    std::vector<std::string> names;
    for (const auto& path : chain_) names.push_back(path.string());
    return join(names, " -> ");
  }

  void remember(const fs::path& path) {
    if (std::ranges::find(files_, path) == files_.end()) files_.push_back(path);
  }

  std::vector<fs::path> chain_;  ///< the files being read, outermost first
  std::vector<fs::path> files_;
  std::size_t reads_ = 0;
};

}  // namespace

LoadedRecipe load_recipe(const fs::path& path, const std::vector<std::string>& overrides) {
  Loader loader;
  Value tree = loader.load(path, {});
  for (const auto& text : overrides) apply_override(tree, text);
  substitute_env(tree);
  return {std::move(tree), loader.take_files()};
}

}  // namespace btx
