#include "common/ffn.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace merges {

void require_dense(const btx::MergeInputs& inputs) {
  for (const auto& model : inputs.models) {
    if (model.config.num_experts() == 0) continue;
    throw btx::Error(btx::ExitCode::usage,
                     fmt::format("dense models are merged, but '{}' is a mixture of {} experts; "
                                 "give the models it was mixed from",
                                 model.info.name, model.config.num_experts()));
  }
}

void require_shards(const std::string& parameter, std::int64_t count,
                    const btx::MergeInputs& inputs) {
  const std::int64_t ffn = inputs.models.front().config.ffn_size;
  if (ffn % count != 0) {
    throw btx::Error(btx::ExitCode::usage,
                     fmt::format("{}: {} equal parts need an ffn_size that is a multiple of {}, "
                                 "but it is {}; choose a divisor of {}",
                                 parameter, count, count, ffn, ffn));
  }
  // A model has one FFN size, so that a dense layer cannot stay wide beside narrow experts.
  if (count > 1 &&
      std::find(inputs.layers.begin(), inputs.layers.end(), false) != inputs.layers.end()) {
    throw btx::Error(btx::ExitCode::usage,
                     fmt::format("{}: experts of another size than the dense FFN need every layer "
                                 "to be a mixture; leave router.layers empty or set {} = 1",
                                 parameter, parameter));
  }
}

btx::TensorInfo as_float32(const std::string& name, const std::vector<std::int64_t>& shape) {
  return {name, btx::DType::float32, shape};
}

std::vector<std::int64_t> shard_shape(const std::string& part, std::vector<std::int64_t> shape,
                                      std::int64_t count) {
  shape[part == "down_proj" ? 1 : 0] /= count;
  return shape;
}

void copy_shard(std::span<const float> matrix, const std::vector<std::int64_t>& shape,
                const std::string& part, const Shard& shard, std::span<float> out) {
  const auto begin = static_cast<std::size_t>(shard.index);
  if (part != "down_proj") {
    std::copy_n(matrix.begin() + static_cast<std::ptrdiff_t>(begin * out.size()), out.size(),
                out.begin());
    return;
  }
  const auto columns = static_cast<std::size_t>(shape[1]);
  const std::size_t width = columns / static_cast<std::size_t>(shard.count);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = matrix[i / width * columns + begin * width + i % width];
  }
}

btx::Origin shard_origin(const btx::TensorRef& from, const std::vector<std::int64_t>& shape,
                         const std::string& part, const Shard& shard, double scale) {
  if (scale != 1) {
    btx::FunctionOrigin scaled;
    scaled.from = {from};
    scaled.elementwise = false;
    scaled.apply = [=](auto inputs, std::uint64_t /*index*/, std::span<float> output) {
      copy_shard(inputs[0], shape, part, shard, output);
      for (float& value : output) value = static_cast<float>(scale * value);
    };
    return scaled;
  }
  if (shard.count == 1) return btx::CopyOrigin{from};
  const std::int64_t dim = part == "down_proj" ? 1 : 0;
  const std::int64_t width = shape[static_cast<std::size_t>(dim)] / shard.count;
  return btx::SliceOrigin{from, shard.index * width, (shard.index + 1) * width, dim};
}

}  // namespace merges
