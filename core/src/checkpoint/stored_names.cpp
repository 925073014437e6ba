#include "checkpoint/stored_names.hpp"

#include <btx/error.hpp>
#include <btx/merge_strategy.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace btx {
namespace {

/// L of "model.layers.L" + tail.
std::optional<std::int64_t> layer_of(std::string_view name, std::string_view tail) {
  constexpr std::string_view kHead = "model.layers.";
  if (!name.starts_with(kHead) || !name.ends_with(tail)) return std::nullopt;
  if (name.size() <= kHead.size() + tail.size()) return std::nullopt;
  const auto digits = name.substr(kHead.size(), name.size() - kHead.size() - tail.size());
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (digits.size() > 6 || !std::all_of(digits.begin(), digits.end(), digit)) return std::nullopt;
  return std::stoll(std::string(digits));
}

/// Cuts [E, ...] into its matrices of `shape`; `names` in the order in which they lie.
std::vector<StoredTensor> cut(const StoredTensor& all, const std::vector<std::string>& names,
                              const std::vector<std::int64_t>& shape) {
  std::vector<StoredTensor> parts;
  for (const auto& name : names) {
    StoredTensor part = all;
    part.info.name = name;
    part.info.shape = shape;
    part.bytes = all.bytes / names.size();
    part.begin = all.begin + parts.size() * part.bytes;
    parts.push_back(std::move(part));
  }
  return parts;
}

void require_shape(const StoredTensor& tensor, const std::vector<std::int64_t>& wanted) {
  if (tensor.info.shape == wanted) return;
  throw Error(fmt::format("tensor '{}' is [{}], config.json asks for [{}]", tensor.info.name,
                          fmt::join(tensor.info.shape, ", "), fmt::join(wanted, ", ")));
}

std::vector<std::string> expert_names(std::int64_t layer, std::int64_t experts,
                                      const std::vector<std::string>& parts) {
  std::vector<std::string> names;
  for (std::int64_t e = 0; e < experts; ++e) {
    for (const auto& part : parts) names.push_back(tensor_names::expert_ffn(layer, e, part));
  }
  return names;
}

}  // namespace

std::vector<StoredTensor> as_named_here(const StoredTensor& tensor, const ModelConfig& c) {
  const std::string& name = tensor.info.name;
  if (layer_of(name, ".self_attn.rotary_emb.inv_freq")) return {};
  const std::int64_t experts = c.num_experts();
  if (experts == 0) return {tensor};
  if (const auto layer = layer_of(name, ".mlp.experts.gate_up_proj")) {
    require_shape(tensor, {experts, 2 * c.ffn_size, c.hidden_size});
    return cut(tensor, expert_names(*layer, experts, {"gate_proj", "up_proj"}),
               {c.ffn_size, c.hidden_size});
  }
  if (const auto layer = layer_of(name, ".mlp.experts.down_proj")) {
    require_shape(tensor, {experts, c.hidden_size, c.ffn_size});
    return cut(tensor, expert_names(*layer, experts, {"down_proj"}), {c.hidden_size, c.ffn_size});
  }
  if (const auto layer = layer_of(name, ".mlp.gate.weight")) {
    return cut(tensor, {tensor_names::gate(*layer)}, tensor.info.shape);
  }
  return {tensor};
}

}  // namespace btx
