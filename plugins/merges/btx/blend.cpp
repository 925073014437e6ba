#include "blend.hpp"

#include <fmt/format.h>

#include <span>

namespace merges {

btx::FunctionOrigin blended(const btx::TensorInfo& tensor, const std::string& part,
                            std::int64_t expert, std::int64_t models) {
  btx::FunctionOrigin origin;
  for (std::int64_t model = 0; model < models; ++model) {
    origin.from.push_back({static_cast<std::size_t>(model), tensor.name});
  }
  origin.elementwise = false;
  const bool down = part == "down_proj";
  const auto columns = static_cast<std::size_t>(tensor.shape[1]);
  const auto width = static_cast<std::size_t>(tensor.shape[down ? 1 : 0] / models);
  const std::size_t shift = static_cast<std::size_t>(expert) * width;
  origin.apply = [=](auto inputs, std::uint64_t /*index*/, std::span<float> output) {
    for (std::size_t i = 0; i < output.size(); ++i) {
      const std::size_t row = i / columns;
      const std::size_t column = i % columns;
      const std::size_t at = down ? column : row;  // of the blended FFN's intermediate numbers
      const std::size_t from = at % width + shift;
      output[i] = inputs[at / width][down ? row * columns + from : from * columns + column];
    }
  };
  return origin;
}

}  // namespace merges
