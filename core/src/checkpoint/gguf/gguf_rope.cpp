#include "checkpoint/gguf/gguf_rope.hpp"

#include "model_spec/rope.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace btx {
namespace {

constexpr std::int64_t kLlama3Context = 8192;

[[noreturn]] void not_done(const GgufFile& file, const std::string& what) {
  throw Error(ExitCode::usage, fmt::format("{}: {}", file.path().string(), what));
}

RopeScaling from_metadata(const GgufFile& file) {
  const auto type = file.text("llama.rope.scaling.type").value_or("none");
  const auto older = file.number("llama.rope.scale_linear");
  const double factor = file.number("llama.rope.scaling.factor").value_or(older.value_or(1.0));
  if (type != "none" && type != "linear") {
    not_done(file, fmt::format("rope scaling '{}' is not supported; known: none, linear", type));
  }
  RopeScaling scaling;
  if ((type == "none" && !older) || factor == 1.0) return scaling;
  scaling.type = RopeType::linear;
  scaling.factor = factor;
  return scaling;
}

std::vector<float> divisors_of(const GgufFile& file, const GgufTensor& tensor,
                               std::int64_t head_dim) {
  if (tensor.elements() != head_dim / 2 || tensor.type->block_elements != 1) {
    file.refuse(fmt::format("tensor '{}' has {} numbers of type {}; needs {} plain ones",
                            tensor.name, tensor.elements(), tensor.type->name, head_dim / 2));
  }
  std::vector<float> divisors(static_cast<std::size_t>(head_dim / 2));
  file.read(tensor, 0, divisors);
  return divisors;
}

bool gives(const RopeScaling& scaling, const ModelConfig& config,
           const std::vector<float>& divisors) {
  for (std::size_t j = 0; j < divisors.size(); ++j) {
    const double exponent = 2.0 * static_cast<double>(j) / static_cast<double>(config.head_dim);
    const double frequency = 1 / std::pow(config.rope_theta, exponent);
    const double wanted = frequency / scaled_frequency(scaling, frequency);
    // They were computed in float32.
    if (!(std::abs(divisors[j] - wanted) <= 1e-3 * wanted)) return false;
  }
  return true;
}

}  // namespace

RopeScaling read_gguf_rope(const GgufParts& files, const ModelConfig& config) {
  const GgufFile& file = files.first();
  const RopeScaling plain = from_metadata(file);
  const auto [part, tensor] = files.find(kGgufRopeDivisors);
  if (tensor == nullptr) return plain;
  const auto divisors = divisors_of(*part, *tensor, config.head_dim);
  const auto one = [](float divisor) { return divisor == 1.0F; };
  if (std::all_of(divisors.begin(), divisors.end(), one)) return plain;
  RopeScaling scaling;
  scaling.type = RopeType::llama3;
  scaling.factor = *std::max_element(divisors.begin(), divisors.end());
  scaling.original_max_position_embeddings = kLlama3Context;
  if (plain.type == RopeType::none && gives(scaling, config, divisors)) return scaling;
  not_done(file, fmt::format("tensor '{}' scales the rotary embedding in a way that is not known; "
                             "those of Llama 3 (pretrained on {} tokens) are",
                             kGgufRopeDivisors, kLlama3Context));
}

}  // namespace btx
