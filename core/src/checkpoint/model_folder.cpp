#include "checkpoint/model_folder.hpp"

#include "checkpoint/shard_index.hpp"
#include "checkpoint/stored_names.hpp"
#include "model_spec/layout.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace btx {
namespace {

constexpr std::uint64_t kPiece = 1 << 20;       // read at a time
constexpr std::uint64_t kKeptBytes = 16 << 20;  // of pages that were read
constexpr std::int64_t kManyTensors = 10'000;   // more are counted before they are named

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
  const ShardFiles shards = shard_files(path_);
  for (const auto& file : shards.files) {
    files_.emplace_back(file);
    for (const auto& tensor : files_.back().tensors()) add(files_.size() - 1, tensor);
  }
  check_index(shards.placed);
  tie_either_way();
}

/// With tied embeddings some files store lm_head alone: takes it as the embedding.
void ModelFolder::tie_either_way() {
  const std::string embedding = "model.embed_tokens.weight";
  if (!config_.tie_embeddings || places_.contains(embedding)) return;
  auto head = places_.extract("lm_head.weight");
  if (head.empty()) return;
  head.key() = embedding;
  head.mapped().tensor.info.name = embedding;
  places_.insert(std::move(head));
}

void ModelFolder::add(std::size_t file, const StoredTensor& tensor) {
  std::vector<StoredTensor> parts;
  try {
    parts = as_named_here(tensor, config_);
  } catch (const Error& error) {
    fail(path_, error.what());
  }
  for (const auto& part : parts) {
    const auto [place, fresh] = places_.emplace(part.info.name, Place{file, part});
    if (fresh) continue;
    fail(path_, fmt::format("tensor '{}' is in {} and in {}", part.info.name,
                            files_[place->second.file].path().filename().string(),
                            files_[file].path().filename().string()));
  }
}

/// Every tensor is in the file that the index says.
void ModelFolder::check_index(const std::map<std::string, std::string>& placed) const {
  if (placed.empty()) return;
  std::map<std::string_view, std::string> found;
  for (const auto& file : files_) {
    for (const auto& tensor : file.tensors()) {
      found[tensor.info.name] = file.path().filename().string();
    }
  }
  for (const auto& [tensor, file] : placed) {
    const auto at = found.find(tensor);
    if (at != found.end() && at->second == file) continue;
    fail(path_, fmt::format("{} places tensor '{}' in {}, which does not have it", kShardIndex,
                            tensor, file));
  }
}

void ModelFolder::check_tensors() {
  const std::int64_t wanted = layout_size(config_);
  if (wanted > kManyTensors && wanted > std::ssize(places_)) {
    fail(path_,
         fmt::format("config.json asks for {} tensors, there are {}", wanted, places_.size()));
  }
  for (const auto& info : tensor_layout(config_)) {
    const StoredTensor& stored = find(info.name);
    if (stored.info.shape != info.shape) {
      fail(path_, fmt::format("tensor '{}' is {}, config.json asks for {}", info.name,
                              shape_text(stored.info.shape), shape_text(info.shape)));
    }
    infos_.push_back(stored.info);
  }
  check_others();
}

/// Tensors beyond the layout: a router's own, and a head that is the embedding once more.
void ModelFolder::check_others() {
  std::set<std::string_view> known;
  for (const auto& info : infos_) known.insert(info.name);
  std::vector<TensorInfo> own;
  for (const auto& [name, place] : places_) {
    if (known.count(name) > 0) continue;
    if (name.find(".block_sparse_moe.router.") != std::string::npos) {
      own.push_back(place.tensor.info);
    } else if (name != "lm_head.weight") {
      fail(path_, fmt::format("tensor '{}' does not belong to a model of this config.json", name));
    } else if (!repeats_embedding(place.tensor)) {
      fail(path_,
           "config.json ties the embeddings ('tie_word_embeddings'), but 'lm_head.weight' is "
           "there and is not 'model.embed_tokens.weight'");
    }
  }
  infos_.insert(infos_.end(), own.begin(), own.end());
}

bool ModelFolder::repeats_embedding(const StoredTensor& head) const {
  const std::string embedding = "model.embed_tokens.weight";
  const StoredTensor& tied = find(embedding);
  if (tied.info.dtype != head.info.dtype || tied.bytes != head.bytes) return false;
  std::vector<std::byte> a, b;
  for (std::uint64_t at = 0; at < head.bytes; at += kPiece) {
    a.resize(std::min(kPiece, head.bytes - at));
    b.resize(a.size());
    read_bytes(embedding, at, a);
    read_bytes(head.info.name, at, b);
    if (a != b) return false;
  }
  return true;
}

const ModelFolder::Place& ModelFolder::place(const std::string& name) const {
  const auto place = places_.find(name);
  if (place == places_.end()) {
    fail(path_, fmt::format("tensor '{}' is missing; is a shard missing?", name));
  }
  return place->second;
}

const StoredTensor& ModelFolder::find(const std::string& name) const {
  return place(name).tensor;
}

void ModelFolder::read(const std::string& name, std::uint64_t first, std::span<float> out) const {
  const auto& [file, tensor] = place(name);
  const std::uint64_t size = dtype_size(tensor.info.dtype);
  const std::byte* data = files_[file].data(tensor) + first * size;
  for (std::uint64_t at = 0; at < out.size(); at += kPiece) {
    const std::uint64_t count = std::min<std::uint64_t>(kPiece, out.size() - at);
    require_finite(tensor, data + at * size, first + at, count);
    widen(tensor.info.dtype, data + at * size, out.subspan(at, count));
    note_read(count * size);
  }
}

void ModelFolder::read_bytes(const std::string& name, std::uint64_t first,
                             std::span<std::byte> out) const {
  const auto& [file, tensor] = place(name);
  const std::byte* data = files_[file].data(tensor) + first;
  const std::uint64_t size = dtype_size(tensor.info.dtype);
  const std::uint64_t element = (first + size - 1) / size;  // the first that begins here
  const std::uint64_t skipped = element * size - first;
  if (skipped < out.size()) {
    require_finite(tensor, data + skipped, element, (out.size() - skipped) / size);
  }
  std::copy_n(data, out.size(), out.begin());
  note_read(out.size());
}

void ModelFolder::require_finite(const StoredTensor& tensor, const std::byte* data,
                                 std::uint64_t first, std::uint64_t count) const {
  const std::uint64_t at = find_not_finite(tensor.info.dtype, data, count);
  if (at == count) return;
  fail(path_, fmt::format("tensor '{}' has NaN or an infinite number (number {} of {}); no model "
                          "computes with it: get the weights again from where they came",
                          tensor.info.name, first + at + 1, tensor.info.elements()));
}

void ModelFolder::note_read(std::uint64_t bytes) const {
  read_bytes_ += bytes;
  if (read_bytes_ < kKeptBytes) return;
  read_bytes_ = 0;
  for (const auto& file : files_) file.release();
}

}  // namespace btx
