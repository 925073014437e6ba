#include "checkpoint/shard_index.hpp"

#include "base/json_depth.hpp"
#include "base/text.hpp"
#include "config/json_fault.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace btx {
namespace {

[[noreturn]] void malformed(const fs::path& index, const std::string& what) {
  throw Error(fmt::format("{}: not a good index of shards: {}", index.string(), what));
}

/// A file beside the index and nowhere else.
void check_name(const fs::path& index, const std::string& tensor, const std::string& file) {
  if (fs::path(file).filename() == file && file.ends_with(".safetensors")) return;
  malformed(index,
            fmt::format("it places tensor '{}' in '{}', which is not a name of a .safetensors "
                        "file",
                        tensor, file));
}

std::map<std::string, std::string> read_index(const fs::path& index) {
  const std::string text = read_file(index);
  if (nested_too_deep(text)) malformed(index, "it is nested too deep");
  std::map<std::string, std::string> placed;
  try {
    placed = nlohmann::json::parse(text).at("weight_map").get<decltype(placed)>();
  } catch (const nlohmann::json::exception& error) {
    malformed(index, json_fault(error.what()));
  }
  for (const auto& [tensor, file] : placed) check_name(index, tensor, file);
  if (placed.empty()) malformed(index, "it places no tensor");
  return placed;
}

void require_files(const fs::path& folder, const std::vector<fs::path>& files) {
  std::vector<std::string> missing;
  for (const auto& file : files) {
    if (!fs::exists(file)) missing.push_back(file.filename().string());
  }
  if (missing.empty()) return;
  const std::size_t count = missing.size();
  missing.resize(std::min<std::size_t>(count, 5));
  throw Error(fmt::format("{}: {} of the {} files that {} names are missing: {}{}", folder.string(),
                          count, files.size(), kShardIndex, join(missing),
                          count > missing.size() ? ", ..." : ""));
}

}  // namespace

ShardFiles shard_files(const fs::path& folder) {
  ShardFiles shards;
  // As transformers takes them: a model in one file may lie beside the index of the shards that it
  // was made of.
  const bool index = fs::exists(folder / kShardIndex);
  if (index && fs::exists(folder / "model.safetensors")) {
    return {{folder / "model.safetensors"}, {}};
  }
  if (index) {
    shards.placed = read_index(folder / kShardIndex);
    std::set<std::string> names;
    for (const auto& [tensor, file] : shards.placed) names.insert(file);
    for (const auto& name : names) shards.files.push_back(folder / name);
    require_files(folder, shards.files);
    return shards;
  }
  for (const auto& item : fs::directory_iterator(folder)) {
    const std::string name = item.path().filename().string();
    if (name.starts_with("model") && name.ends_with(".safetensors")) {
      shards.files.push_back(item.path());
    }
  }
  if (shards.files.empty()) {
    throw Error(folder.string() + ": no model*.safetensors in it");
  }
  std::sort(shards.files.begin(), shards.files.end());
  return shards;
}

}  // namespace btx
