#include "checkpoint/hf/hf_shards.hpp"

#include "checkpoint/shard_index.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>

namespace btx {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kSlice = 1 << 20;  // elements

using Shard = std::vector<TensorInfo>;

std::uint64_t bytes_of(const TensorInfo& tensor) {
  return static_cast<std::uint64_t>(tensor.elements()) * dtype_size(tensor.dtype);
}

/// The tensors in their order, cut where a file would get too large.
std::vector<Shard> shards_of(const ModelFolder& model, std::optional<DType> dtype,
                             std::uint64_t shard_bytes) {
  std::vector<Shard> shards(1);
  std::uint64_t bytes = 0;
  for (TensorInfo tensor : model.tensors()) {
    if (dtype) tensor.dtype = *dtype;
    const std::uint64_t size = bytes_of(tensor);
    if (!shards.back().empty() && bytes + size > shard_bytes) {
      shards.emplace_back();
      bytes = 0;
    }
    bytes += size;
    shards.back().push_back(std::move(tensor));
  }
  return shards;
}

std::string shard_name(std::size_t index, std::size_t count) {
  return count == 1 ? "model.safetensors"
                    : fmt::format("model-{:05}-of-{:05}.safetensors", index + 1, count);
}

/// Writes tensors in their new type, a slice at a time.
class ShardWriter {
 public:
  explicit ShardWriter(const ModelFolder& model) : model_(model) {}

  void write(const Shard& shard, const fs::path& file) {
    SafetensorsWriter writer(file, shard, {{"format", "pt"}});
    for (const auto& tensor : shard) {
      const auto elements = static_cast<std::uint64_t>(tensor.elements());
      for (std::uint64_t at = 0; at < elements; at += kSlice) {
        read(tensor, at, std::min<std::uint64_t>(kSlice, elements - at));
        writer.append(bytes_.data(), bytes_.size());
      }
    }
    writer.close();
  }

 private:
  void read(const TensorInfo& tensor, std::uint64_t first, std::uint64_t count) {
    const std::uint64_t size = dtype_size(tensor.dtype);
    bytes_.resize(count * size);
    if (model_.find(tensor.name).info.dtype == tensor.dtype) {
      model_.read_bytes(tensor.name, first * size, bytes_);
      return;
    }
    values_.resize(count);
    model_.read(tensor.name, first, values_);
    if (tensor.dtype == DType::float16) require_in_range(tensor);
    narrow(tensor.dtype, values_, bytes_.data());
  }

  /// What rounds beyond the largest half would become infinite.
  void require_in_range(const TensorInfo& tensor) const {
    const auto large = std::find_if(values_.begin(), values_.end(), [](float value) {
      return std::isfinite(value) && std::abs(value) >= 65520.0F;
    });
    if (large == values_.end()) return;
    throw Error(ExitCode::usage,
                fmt::format("tensor '{}' has {}, which float16 cannot hold (65504 at most); use "
                            "--dtype bfloat16 or float32",
                            tensor.name, *large));
  }

  const ModelFolder& model_;
  std::vector<float> values_;
  std::vector<std::byte> bytes_;
};

void write_index(const std::vector<Shard>& shards, std::uint64_t bytes, const fs::path& file) {
  Json placed = Json::object();
  std::map<std::string, std::string> sorted;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    for (const auto& tensor : shards[i]) sorted[tensor.name] = shard_name(i, shards.size());
  }
  for (const auto& [tensor, name] : sorted) placed[tensor] = name;
  const Json index = {{"metadata", {{"total_size", bytes}}}, {"weight_map", placed}};
  write_file(file, index.dump(2) + "\n");
}

}  // namespace

WrittenShards write_shards(const ModelFolder& model, std::optional<DType> dtype,
                           std::uint64_t shard_bytes, const fs::path& folder) {
  const auto shards = shards_of(model, dtype, shard_bytes);
  WrittenShards done;
  ShardWriter writer(model);
  for (std::size_t i = 0; i < shards.size(); ++i) {
    done.files.push_back(shard_name(i, shards.size()));
    writer.write(shards[i], folder / done.files.back());
    for (const auto& tensor : shards[i]) done.bytes += bytes_of(tensor);
  }
  if (shards.size() > 1) write_index(shards, done.bytes, folder / kShardIndex);
  return done;
}

}  // namespace btx
