#include "pipeline/store.hpp"

#include "base/hash.hpp"
#include "config/config.hpp"
#include "config/sealed_json.hpp"
#include "config/value_access.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <set>

namespace btx {
namespace {

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& item : fs::recursive_directory_iterator(folder)) {
    if (item.is_regular_file()) files.push_back(item.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Whether all files of the manifest exist with the size they had when the artifact was finished.
bool complete(const Manifest& manifest, const fs::path& folder) {
  std::error_code code;
  return std::all_of(manifest.sizes.begin(), manifest.sizes.end(), [&](const auto& file) {
    return static_cast<std::int64_t>(fs::file_size(folder / file.first, code)) == file.second;
  });
}

/// What the manifest says of where the artifact comes from: `made_from` and `rests_on`.
void add_origins(const std::vector<InputArtifact>& inputs,
                 const std::optional<ComputedOn>& computed, Value& manifest) {
  Value made_from;
  std::set<std::string> rests_on;
  if (computed) rests_on.insert(computed->text());
  for (const auto& input : inputs) {
    if (!fs::exists(input.folder / kManifest)) continue;
    const Manifest of_input = read_manifest(input.folder);
    made_from.set(input.folder.filename().string(), Value(of_input.content));
    rests_on.insert(of_input.rests_on.begin(), of_input.rests_on.end());
  }
  if (computed) manifest.set("computed", write_config(*computed, Defaults::omit));
  manifest.set("rests_on", Value(Array(rests_on.begin(), rests_on.end())));
  manifest.set("made_from", std::move(made_from));
}

void write_manifest(const Stage& stage, const std::vector<InputArtifact>& artifacts,
                    const std::optional<ComputedOn>& computed, double seconds,
                    const std::string& measured, const fs::path& folder) {
  Value inputs;
  for (std::size_t i = 0; i < stage.inputs.size(); ++i) {
    inputs.set(stage.inputs[i].role, Value(artifacts[i].key));
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
  add_origins(artifacts, computed, manifest);
  Value digests, sizes, content;
  for (const auto& file : files_of(folder)) {
    const std::string name = fs::relative(file, folder).string();
    digests.set(name, Value(digest_file(file)));
    if (name != measured) content.set(name, digests.at(name));
    sizes.set(name, Value(static_cast<std::int64_t>(fs::file_size(file))));
  }
  manifest.set("content", Value(digest(to_json(content, true))));
  manifest.set("outputs", std::move(digests));
  manifest.set("sizes", std::move(sizes));
  write_sealed_json(folder / kManifest, std::move(manifest), true);
}

/// The members of a table of texts.
std::vector<std::pair<std::string, std::string>> texts_of(const Value& table) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& [name, text, place] : table.as<Table>()) {
    texts.emplace_back(name, text.as<std::string>());
  }
  return texts;
}

/// The content in a folder, read once while its manifest stays as it is; "" if that is damaged.
std::string content_in(const fs::path& folder) {
  static std::mutex mutex;
  static std::map<fs::path, std::pair<fs::file_time_type, std::string>> known;
  const fs::path file = folder / kManifest;
  const std::lock_guard lock(mutex);
  const auto time = fs::last_write_time(file);
  auto& [when, content] = known[file];
  if (content.empty() || when != time) {
    when = time;
    try {
      content = read_manifest(folder).content;
    } catch (const Error&) {
      content.clear();
    }
  }
  return content;
}

/// The artifact that was made again with another content since `manifest`'s was made from it; "".
std::string remade(const Manifest& manifest, const fs::path& store) {
  for (const auto& [name, content] : manifest.made_from) {
    if (content.empty() || !fs::exists(store / name / kManifest)) continue;
    const std::string now = content_in(store / name);
    if (!now.empty() && now != content) return name;
  }
  return "";
}

/// Once for each artifact: it is asked for again and again.
void warn_damaged(const Stage& stage, const std::string& what) {
  static std::set<std::string> warned;
  if (!warned.insert(stage.key).second) return;
  log(LogLevel::warning, fmt::format("{} counts as not made: {}", stage.name, what));
}

}  // namespace

Manifest read_manifest(const fs::path& artifact) {
  const Value json = read_sealed_json(artifact / kManifest);
  Manifest m;
  m.stage = json.at("stage").as<std::string>();
  m.kind = json.at("kind").as<std::string>();
  m.key = json.at("key").as<std::string>();
  // Earlier versions did not write what follows; what they made is used as before.
  if (const Value* content = json.find("content")) m.content = content->as<std::string>();
  m.config = json.at("config");
  if (const Value* computed = json.find("computed")) {
    m.computed = read_config<ComputedOn>(*computed, "computed");
  }
  if (const Value* all = json.find("rests_on")) m.rests_on = strings_of(*all);
  if (const Value* all = json.find("made_from")) m.made_from = texts_of(*all);
  m.inputs = texts_of(json.at("inputs"));
  m.components = strings_of(json.at("components"));
  m.files = strings_of(json.at("files"));
  m.outputs = texts_of(json.at("outputs"));
  for (const auto& [name, bytes, place] : json.at("sizes").as<Table>()) {
    m.sizes.emplace_back(name, bytes.as<std::int64_t>());
  }
  return m;
}

std::optional<std::string> find_damage(const fs::path& artifact) {
  const Manifest manifest = read_manifest(artifact);
  for (const auto& [name, wanted] : manifest.outputs) {
    const fs::path file = artifact / name;
    if (!fs::exists(file)) return file.string() + " is missing";
    if (digest_file(file) != wanted) return file.string() + " has changed";
  }
  for (const auto& file : files_of(artifact)) {
    const std::string name = file.lexically_relative(artifact).string();
    const auto same = [&](const auto& output) { return output.first == name; };
    if (name != kManifest && std::ranges::none_of(manifest.outputs, same)) {
      return file.string() + " does not belong there";
    }
  }
  return std::nullopt;
}

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
    const Manifest manifest = read_manifest(artifact(stage));
    if (manifest.key != stage.key) return false;
    const std::string other = remade(manifest, folder_);
    if (complete(manifest, file.parent_path()) && other.empty()) return true;
    warn_damaged(stage, other.empty()
                            ? "a file in " + file.parent_path().string() + " is missing or cut"
                            : "it was made from what " + other + " was before that was made again");
  } catch (const Error& error) {
    warn_damaged(stage, error.what());
  }
  return false;
}

bool Store::produce(const Stage& stage, const std::vector<InputArtifact>& inputs,
                    const std::function<std::optional<ComputedOn>(const fs::path&)>& make,
                    const std::string& measured) const {
  make_folder(folder_ / "work");
  const auto lock = FileLock::wait(work(stage).string() + ".lock");
  if (has(stage)) return false;
  const fs::path beside = work(stage).string() + ".new";
  fs::remove_all(beside);
  make_folder(beside);
  const auto start = std::chrono::steady_clock::now();
  try {
    const auto computed = make(beside);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    write_manifest(stage, inputs, computed, spent.count(), measured, beside);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(beside, ignored);
    throw;
  }
  make_read_only(beside);
  fs::remove_all(artifact(stage));  // a damaged one, which has() does not accept
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
      manifests.push_back(read_manifest(file.parent_path()));
    } catch (const std::exception&) {  // not one of ours, or damaged: it explains nothing
    }
  }
  return manifests;
}

}  // namespace btx
