// Text out of Debian packages, which are downloaded and unpacked but not installed. What is text in
// a package is said by the recipe alone.

#include "common/files.hpp"
#include "common/steps.hpp"
#include "debian_packages/package_cache.hpp"

#include <btx/data_source.hpp>
#include <btx/plugin.hpp>
#include <btx/process.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <mutex>
#include <set>

namespace {

namespace fs = std::filesystem;
using btx::Document;
using btx::Error;
using sources::FoundFile;
using sources::Package;
using sources::PackageCache;
using sources::Step;
using sources::StepConfig;

/// Which files of a package are read, and how they become documents.
struct ExtractConfig {
  std::string package;
  std::vector<std::string> files;
  std::vector<std::string> exclude;
  std::vector<StepConfig> steps;
  std::string document = "{file}";
  std::int64_t max_bytes = 0;

  void fields(btx::Fields& f) {
    f("package", package, "Debian package", {.required = true});
    f("files", files, "globs for the path in the package; '*' matches '/' too", {.required = true});
    f("exclude", exclude, "globs for paths that are left out");
    f("steps", steps, "what is done to each file, in order");
    f("document", document,
      "id of a document: {file} is the path, {n} its number in the file; where a file makes "
      "several, #{n} is added if {n} is not there");
    f("max_bytes", max_bytes, "stop before there is more text than that; 0: take all",
      {.min = 0, .unit = btx::Unit::bytes});
  }
};

struct DebianPackagesConfig {
  std::vector<ExtractConfig> extract;
  void fields(btx::Fields& f) { f("extract", extract, "in this order", {.required = true}); }
};

/// A rule with its steps ready to run.
struct Rule {
  ExtractConfig config;
  std::string name;
  std::vector<Step> steps;
};

std::string fill(std::string text, const std::string& key, const std::string& value) {
  for (std::size_t at = 0; (at = text.find(key, at)) != std::string::npos; at += value.size()) {
    text.replace(at, key.size(), value);
  }
  return text;
}

/// Reads the files of an unpacked package, one at a time.
class Extraction final : public btx::DocumentReader {
 public:
  Extraction(const Rule& rule, const fs::path& folder)
      : rule_(rule), files_(sources::find_files(folder, rule.config.files)) {
    std::erase_if(files_, [&](const FoundFile& file) {
      return std::any_of(
          rule.config.exclude.begin(), rule.config.exclude.end(),
          [&](const auto& glob) { return ::fnmatch(glob.c_str(), file.name.c_str(), 0) == 0; });
    });
    if (!files_.empty()) return;
    throw Error(fmt::format("package '{}': no file matches {}", rule.config.package,
                            fmt::join(rule.config.files, ", ")));
  }

  bool next(Document& document) override {
    while (next_text_ == texts_.size()) {
      if (next_file_ == files_.size()) return false;
      read(files_[next_file_++]);
    }
    document = {id(), std::move(texts_[next_text_++])};
    bytes_ += document.text.size();
    const auto limit = static_cast<std::uint64_t>(rule_.config.max_bytes);
    return limit == 0 || bytes_ <= limit;
  }

 private:
  void read(const FoundFile& file) {
    texts_.assign(1, sources::read_file(file.path));
    next_text_ = 0;
    try {
      for (const Step& step : rule_.steps) texts_ = step(std::move(texts_));
    } catch (const Error& error) {
      throw Error(error.code(), fmt::format("package '{}', {}: {}", rule_.config.package, file.name,
                                            error.what()));
    }
  }

  std::string id() const {
    std::string form = rule_.config.document;
    if (texts_.size() > 1 && form.find("{n}") == std::string::npos) form += "#{n}";
    return fill(fill(form, "{n}", std::to_string(next_text_ + 1)), "{file}",
                files_[next_file_ - 1].name);
  }

  const Rule& rule_;
  std::vector<FoundFile> files_;
  std::size_t next_file_ = 0, next_text_ = 0;
  sources::Texts texts_;
  std::uint64_t bytes_ = 0;
};

class DebianPackages final : public btx::DataSource {
 public:
  using Config = DebianPackagesConfig;

  explicit DebianPackages(const Config& config) {
    for (const ExtractConfig& extract : config.extract) {
      check_name(extract.package);
      Rule rule{extract, fmt::format("{}[{}]", extract.package, rules_.size()), {}};
      for (const StepConfig& step : extract.steps) rule.steps.push_back(sources::make_step(step));
      rules_.push_back(std::move(rule));
    }
    if (rules_.empty()) {
      throw Error(btx::ExitCode::usage, "debian_packages: give at least one [[extract]] table");
    }
  }

  std::vector<btx::Shard> shards(const btx::SourceContext& context) const override {
    std::set<std::string> names;
    for (const Rule& rule : rules_) names.insert(rule.config.package);
    const auto packages = PackageCache(context).find({names.begin(), names.end()});
    std::vector<btx::Shard> shards;
    for (const Rule& rule : rules_) {
      const Package& package = packages.at(rule.config.package);
      shards.push_back({rule.name, package.identity(), false, package.bytes});
    }
    return shards;
  }

  std::unique_ptr<btx::DocumentReader> open(const btx::Shard& shard,
                                            const btx::SourceContext& context) const override {
    const auto rule = std::find_if(rules_.begin(), rules_.end(),
                                   [&](const Rule& r) { return r.name == shard.name; });
    if (rule == rules_.end()) throw Error(fmt::format("no shard '{}'", shard.name));
    return std::make_unique<Extraction>(*rule, unpack(rule->config.package, shard, context));
  }

 private:
  // A name becomes an argument of programs and a part of paths.
  static void check_name(const std::string& name) {
    const bool sound =
        name.size() >= 2 && name[0] != '-' && name[0] != '.' && name[0] != '+' &&
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.") == std::string::npos;
    if (sound) return;
    throw Error(btx::ExitCode::usage, fmt::format("'{}' is not a name of a Debian package", name));
  }

  /// The folder with the package's files; unpacked once, however many rules read it.
  fs::path unpack(const std::string& package, const btx::Shard& shard,
                  const btx::SourceContext& context) const {
    const std::lock_guard lock(mutex_);
    fs::path folder = fs::path(context.scratch_dir) / package;
    if (fs::exists(folder)) return folder;
    const fs::path deb = PackageCache(context).fetch(package, shard.identity);
    const std::string partial = folder.string() + ".partial";
    fs::remove_all(partial);
    const auto result = btx::run_process({"dpkg", "-x", deb.string(), partial});
    if (result.status != 0) {
      throw Error(
          fmt::format("cannot unpack {}: {}delete it and run again", deb.string(), result.output));
    }
    fs::rename(partial, folder);
    return folder;
  }

  std::vector<Rule> rules_;
  mutable std::mutex mutex_;
};

}  // namespace

BTX_PLUGIN("debian_packages", "0.1.0", registrar) {
  registrar.add<btx::DataSource, DebianPackages>(
      "debian_packages", "text out of Debian packages, downloaded but not installed");
}
