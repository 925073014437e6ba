#include "model_spec/tensor_names.hpp"

#include <btx/merge_strategy.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {

std::string fused_with(const std::string& name) {
  const auto head = [&](const char* mark) { return name.substr(0, name.find(mark)); };
  const auto ends = [&](const char* tail) { return name.ends_with(tail); };
  if (ends("q_proj.weight") || ends("k_proj.weight") || ends("v_proj.weight")) {
    return head(".self_attn.") + " qkv";
  }
  const bool experts = name.find(".experts.") != std::string::npos;
  if (experts) return head(".experts.") + (ends("w2.weight") ? " down" : " gate and up");
  if (ends("mlp.gate_proj.weight") || ends("mlp.up_proj.weight")) {
    return head(".mlp.") + " gate and up";
  }
  return name;
}

std::string router_tensor_name(std::int64_t layer, const std::string& name) {
  return fmt::format("model.layers.{}.block_sparse_moe.router.{}", layer, name);
}

std::string selection_bias_name(std::int64_t layer, const std::string& part) {
  return router_tensor_name(layer, kSelectionBias) + (part.empty() ? "" : "." + part);
}

bool is_selection_bias(const std::string& tensor) {
  return tensor.find(fmt::format(".router.{}", kSelectionBias)) != std::string::npos;
}

namespace tensor_names {

bool parse_dense_ffn(const std::string& name, std::int64_t& layer, std::string& part) {
  const std::string head = "model.layers.";
  const std::string tail = ".weight";
  if (!name.starts_with(head) || !name.ends_with(tail)) return false;
  const std::size_t dot = name.find('.', head.size());
  if (dot == std::string::npos || name.compare(dot, 5, ".mlp.") != 0) return false;
  part = name.substr(dot + 5, name.size() - dot - 5 - tail.size());
  if (std::find(kFfnParts.begin(), kFfnParts.end(), part) == kFfnParts.end()) return false;
  layer = std::stoll(name.substr(head.size(), dot - head.size()));
  return true;
}

namespace {
const char* mixtral_part(const std::string& part) {
  return part == "gate_proj" ? "w1" : part == "up_proj" ? "w3" : "w2";
}
}  // namespace

std::string expert_ffn(std::int64_t layer, std::int64_t expert, const std::string& part) {
  return fmt::format("model.layers.{}.block_sparse_moe.experts.{}.{}.weight", layer, expert,
                     mixtral_part(part));
}

std::string gate(std::int64_t layer) {
  return fmt::format("model.layers.{}.block_sparse_moe.gate.weight", layer);
}

std::string gate(std::int64_t layer, const std::string& part) {
  return fmt::format("model.layers.{}.block_sparse_moe.gate.{}.weight", layer, mixtral_part(part));
}

}  // namespace tensor_names
}  // namespace btx
