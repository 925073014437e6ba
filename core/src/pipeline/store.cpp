#include "pipeline/store.hpp"

#include "base/hash.hpp"
#include "recipe/value_access.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <set>

namespace btx {
namespace {

constexpr const char* kManifest = "manifest.json";

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& item : fs::recursive_directory_iterator(folder)) {
    if (item.is_regular_file()) files.push_back(item.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Of a manifest whose files are all there, of the size they had.
bool complete(const Manifest& manifest, const fs::path& folder) {
  std::error_code code;
  return std::all_of(manifest.sizes.begin(), manifest.sizes.end(), [&](const auto& file) {
    return static_cast<std::int64_t>(fs::file_size(folder / file.first, code)) == file.second;
  });
}

void write_manifest(const Stage& stage, const std::vector<std::string>& input_keys, double seconds,
                    const fs::path& folder) {
  Value inputs;
  for (std::size_t i = 0; i < stage.inputs.size(); ++i) {
    inputs.set(stage.inputs[i].role, Value(input_keys[i]));
  }
  Array components;
  for (const auto& c : stage.components) components.emplace_back(c.text());
  Array files;
  for (const auto& file : stage.files) files.emplace_back(file);
  Value manifest;
  manifest.set("stage", Value(stage.name));
  manifest.set("kind", Value(stage.kind));
  manifest.set("key", Value(stage.key));
  manifest.set("config", stage.config);
  manifest.set("inputs", std::move(inputs));
  manifest.set("components", Value(std::move(components)));
  manifest.set("files", Value(std::move(files)));
  manifest.set("seconds", Value(seconds));
  Value digests, sizes;
  for (const auto& file : files_of(folder)) {
    const std::string name = fs::relative(file, folder).string();
    digests.set(name, Value(digest_file(file)));
    sizes.set(name, Value(static_cast<std::int64_t>(fs::file_size(file))));
  }
  manifest.set("outputs", std::move(digests));
  manifest.set("sizes", std::move(sizes));
  write_file(folder / kManifest, to_json(manifest) + "\n", true);
}

Manifest read_manifest(const fs::path& file) {
  const Value json = from_json(read_file(file), file.string());
  Manifest m;
  m.stage = json.at("stage").as<std::string>();
  m.kind = json.at("kind").as<std::string>();
  m.key = json.at("key").as<std::string>();
  m.config = json.at("config");
  for (const auto& [role, key, source] : json.at("inputs").as<Table>()) {
    m.inputs.emplace_back(role, key.as<std::string>());
  }
  m.components = strings_of(json.at("components"));
  m.files = strings_of(json.at("files"));
  for (const auto& [name, bytes, source] : json.at("sizes").as<Table>()) {
    m.sizes.emplace_back(name, bytes.as<std::int64_t>());
  }
  return m;
}

/// Once for each artifact: it is asked for again and again.
void warn_damaged(const Stage& stage, const std::string& what) {
  static std::set<std::string> warned;
  if (!warned.insert(stage.key).second) return;
  log(LogLevel::warning, fmt::format("{} counts as not made: {}", stage.name, what));
}

}  // namespace

fs::path Store::artifact(const Stage& stage) const {
  return folder_ / fmt::format("{}-{}", stage.kind, stage.key.substr(0, 16));
}

fs::path Store::work(const Stage& stage) const {
  return folder_ / "work" / fmt::format("{}-{}", stage.kind, stage.key.substr(0, 16));
}

bool Store::has(const Stage& stage) const {
  const fs::path file = artifact(stage) / kManifest;
  if (!fs::exists(file)) return false;
  try {
    const Manifest manifest = read_manifest(file);
    if (manifest.key != stage.key) return false;
    if (complete(manifest, file.parent_path())) return true;
    warn_damaged(stage, "a file in " + file.parent_path().string() + " is missing or cut");
  } catch (const Error& error) {
    warn_damaged(stage, error.what());
  }
  return false;
}

bool Store::produce(const Stage& stage, const std::vector<std::string>& input_keys,
                    const std::function<void(const fs::path&)>& make) const {
  make_folder(folder_ / "work");
  const auto lock = FileLock::wait(work(stage).string() + ".lock");
  if (has(stage)) return false;
  const fs::path beside = work(stage).string() + ".new";
  fs::remove_all(beside);
  make_folder(beside);
  const auto start = std::chrono::steady_clock::now();
  try {
    make(beside);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    write_manifest(stage, input_keys, spent.count(), beside);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(beside, ignored);
    throw;
  }
  make_read_only(beside);
  fs::remove_all(artifact(stage));  // what has() does not take for one
  fs::rename(beside, artifact(stage));
  clear_work(stage);
  return true;
}

void Store::clear_work(const Stage& stage) const {
  std::error_code ignored;
  fs::remove_all(work(stage), ignored);
  // Whoever waits for the lock holds it open, gets it and finds the artifact.
  fs::remove(work(stage).string() + ".lock", ignored);
}

std::vector<Manifest> Store::manifests(const std::string& kind) const {
  std::vector<std::pair<fs::file_time_type, fs::path>> found;
  if (!fs::is_directory(folder_)) return {};
  for (const auto& item : fs::directory_iterator(folder_)) {
    const fs::path file = item.path() / kManifest;
    if (!item.path().filename().string().starts_with(kind + "-") || !fs::exists(file)) continue;
    found.emplace_back(fs::last_write_time(file), file);
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<Manifest> manifests;
  for (const auto& [time, file] : found) {
    try {
      manifests.push_back(read_manifest(file));
    } catch (const std::exception&) {  // not one of ours, or damaged: it explains nothing
    }
  }
  return manifests;
}

std::optional<std::string> Store::damage(const Stage& stage) const {
  const fs::path folder = artifact(stage);
  const Value json = from_json(read_file(folder / kManifest), (folder / kManifest).string());
  for (const auto& [name, wanted, source] : json.at("outputs").as<Table>()) {
    const fs::path file = folder / name;
    if (!fs::exists(file)) return file.string() + " is missing";
    if (digest_file(file) != wanted.as<std::string>()) return file.string() + " has changed";
  }
  return std::nullopt;
}

std::optional<double> measured_seconds(const Store& store, const Stage& stage) {
  const fs::path file = store.artifact(stage) / "train.json";
  if (!store.has(stage) || !fs::exists(file)) return std::nullopt;
  return number_of(from_json(read_file(file), file.string()).at("seconds"));
}

}  // namespace btx
