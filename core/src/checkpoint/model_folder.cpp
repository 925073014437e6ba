#include "checkpoint/model_folder.hpp"

#include "model/layout.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace btx {
namespace {

[[noreturn]] void fail(const fs::path& folder, const std::string& what) {
  throw Error(fmt::format("{}: {}", folder.string(), what));
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

}  // namespace

ModelFolder::ModelFolder(const fs::path& folder) : path_(folder) {
  if (!fs::is_directory(folder)) fail(folder, "no such model folder");
  const fs::path config = folder / "config.json";
  if (!fs::exists(config))
    fail(folder, "no config.json in it; a checkpoint is a Hugging Face folder");
  config_ = config_from_json(read_file(config), config.string());
  open_files();
  check_tensors();
}

void ModelFolder::open_files() {
  std::vector<fs::path> names;
  for (const auto& item : fs::directory_iterator(path_)) {
    const std::string name = item.path().filename().string();
    if (name.starts_with("model") && name.ends_with(".safetensors")) names.push_back(item.path());
  }
  if (names.empty()) fail(path_, "no model*.safetensors in it");
  std::sort(names.begin(), names.end());
  for (const auto& name : names) {
    files_.emplace_back(name);
    const auto& tensors = files_.back().tensors();
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const auto [place, fresh] =
          places_.emplace(tensors[i].info.name, Place{files_.size() - 1, i});
      if (!fresh) {
        fail(path_, fmt::format("tensor '{}' is in {} and in {}", tensors[i].info.name,
                                files_[place->second.file].path().filename().string(),
                                name.filename().string()));
      }
    }
  }
}

void ModelFolder::check_tensors() {
  for (const auto& wanted : tensor_layout(config_)) {
    const StoredTensor& stored = find(wanted.name);
    if (stored.info.shape != wanted.shape) {
      fail(path_, fmt::format("tensor '{}' is {}, config.json asks for {}", wanted.name,
                              shape_text(stored.info.shape), shape_text(wanted.shape)));
    }
    infos_.push_back(stored.info);
  }
  std::vector<TensorInfo> own;
  for (const auto& [name, place] : places_) {
    const bool known = std::any_of(infos_.begin(), infos_.end(),
                                   [&name = name](const auto& info) { return info.name == name; });
    if (known) continue;
    if (name.find(".block_sparse_moe.router.") == std::string::npos) {
      fail(path_, fmt::format("tensor '{}' does not belong to a model of this config.json", name));
    }
    own.push_back(find(name).info);
  }
  infos_.insert(infos_.end(), own.begin(), own.end());
}

const StoredTensor& ModelFolder::find(const std::string& name) const {
  const auto place = places_.find(name);
  if (place == places_.end()) {
    fail(path_, fmt::format("tensor '{}' is missing; is a shard missing?", name));
  }
  return files_[place->second.file].tensors()[place->second.tensor];
}

const std::byte* ModelFolder::data(const std::string& name) const {
  const StoredTensor& tensor = find(name);
  return files_[places_.at(name).file].data(tensor);
}

void ModelFolder::read(const std::string& name, std::uint64_t first, std::span<float> out) const {
  const StoredTensor& tensor = find(name);
  widen(tensor.info.dtype, data(name) + first * dtype_size(tensor.info.dtype), out);
}

}  // namespace btx
