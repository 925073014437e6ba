#pragma once
// What merges of dense models share: dense FFNs that become experts, whole or cut.
//
// A dense FFN is three matrices, gate and up [F, D] and down [D, F]. A shard of it is a part of the
// F intermediate numbers: rows of gate and up, columns of down. The outputs of all shards add up to
// that of the FFN.

#include <btx/merge_strategy.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace merges {

/// Shard `index` of `count` equal ones.
struct Shard {
  std::int64_t index = 0;
  std::int64_t count = 1;
};

/// Throws btx::Error (usage) for inputs that are mixtures already.
void require_dense(const btx::MergeInputs& inputs);

/// Throws btx::Error (usage) where FFNs cannot be cut into `count` equal shards. `parameter` is the
/// one that asks for it.
void require_shards(const std::string& parameter, std::int64_t count,
                    const btx::MergeInputs& inputs);

/// A tensor of the result: float32, whatever the inputs hold.
btx::TensorInfo as_float32(const std::string& name, const std::vector<std::int64_t>& shape);

/// The shape of a shard of matrix `part` ("gate_proj", "up_proj", "down_proj").
std::vector<std::int64_t> shard_shape(const std::string& part, std::vector<std::int64_t> shape,
                                      std::int64_t count);

/// Copies a shard of a matrix to `out`, which has its size.
void copy_shard(std::span<const float> matrix, const std::vector<std::int64_t>& shape,
                const std::string& part, const Shard& shard, std::span<float> out);

/// A shard of an input's matrix times `scale`: a copy or a slice where nothing is to be computed.
btx::Origin shard_origin(const btx::TensorRef& from, const std::vector<std::int64_t>& shape,
                         const std::string& part, const Shard& shard, double scale);

/// Calls ffn(tensor, layer, part) for the matrices of layers that become mixtures, and rest(tensor)
/// for every other tensor of the first input.
template <class Ffn, class Rest>
void for_each_tensor(const btx::MergeInputs& inputs, Ffn&& ffn, Rest&& rest) {
  for (const auto& tensor : inputs.models.front().tensors) {
    std::int64_t layer = 0;
    std::string part;
    if (btx::tensor_names::parse_dense_ffn(tensor.name, layer, part) &&
        inputs.layers[static_cast<std::size_t>(layer)]) {
      ffn(tensor, layer, part);
    } else {
      rest(tensor);
    }
  }
}

}  // namespace merges
