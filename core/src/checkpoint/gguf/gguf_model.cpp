#include "checkpoint/gguf/gguf_model.hpp"

#include "checkpoint/gguf/gguf_rope.hpp"
#include "checkpoint/safetensors.hpp"
#include "model_spec/layout.hpp"
#include "model_spec/rope.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

namespace btx {
namespace {

constexpr std::int64_t kManyGgufTensors = 10'000;  // more are counted before they are named

using Pair = std::pair<const char*, const char*>;

constexpr std::array<Pair, 3> kWhole = {{{"model.embed_tokens.weight", "token_embd.weight"},
                                         {"model.norm.weight", "output_norm.weight"},
                                         {"lm_head.weight", "output.weight"}}};
constexpr std::array<Pair, 9> kParts = {{{"input_layernorm.weight", "attn_norm.weight"},
                                         {"post_attention_layernorm.weight", "ffn_norm.weight"},
                                         {"self_attn.q_proj.weight", "attn_q.weight"},
                                         {"self_attn.k_proj.weight", "attn_k.weight"},
                                         {"self_attn.v_proj.weight", "attn_v.weight"},
                                         {"self_attn.o_proj.weight", "attn_output.weight"},
                                         {"mlp.gate_proj.weight", "ffn_gate.weight"},
                                         {"mlp.up_proj.weight", "ffn_up.weight"},
                                         {"mlp.down_proj.weight", "ffn_down.weight"}}};

/// Llama's rotary embedding turns neighbours (2j, 2j + 1) in GGUF, halves (j, j + dim / 2) in
/// Hugging Face's files: where row `row` of the latter lies in the former.
std::int64_t interleaved(std::int64_t row, std::int64_t head_dim) {
  const std::int64_t half = head_dim / 2, in_head = row % head_dim;
  return row - in_head + 2 * (in_head % half) + in_head / half;
}

}  // namespace

std::string gguf_name(const std::string& name) {
  for (const auto& [ours, theirs] : kWhole) {
    if (name == ours) return theirs;
  }
  constexpr std::string_view kLayers = "model.layers.";
  const std::size_t dot = name.find('.', kLayers.size());
  for (const auto& [ours, theirs] : kParts) {
    if (name.starts_with(kLayers) && name.substr(dot + 1) == ours) {
      return fmt::format("blk.{}.{}", name.substr(kLayers.size(), dot - kLayers.size()), theirs);
    }
  }
  throw Error(fmt::format("tensor '{}' has no name in GGUF", name));
}

void write_safetensors(const GgufModel& model, const fs::path& path) {
  const auto tensors = tensor_layout(model.config());
  SafetensorsWriter writer(path, tensors, {{"format", "pt"}});
  std::vector<float> row;
  for (const auto& tensor : tensors) {
    row.resize(static_cast<std::size_t>(tensor.shape.back()));
    const std::int64_t rows = tensor.shape.size() == 1 ? 1 : tensor.shape.front();
    for (std::int64_t i = 0; i < rows; ++i) {
      model.read_row(tensor.name, i, row);
      writer.append(row.data(), row.size() * sizeof(float));
    }
  }
  writer.close();
}

GgufModel::GgufModel(const fs::path& path) : files_(path) {
  read_config();
  check_tensors();
}

void GgufModel::read_config() {
  const GgufFile& metadata = file();
  const auto architecture = metadata.text("general.architecture").value_or("");
  if (architecture != "llama") {
    throw Error(ExitCode::usage,
                fmt::format("{}: architecture '{}' is not supported; only 'llama' is",
                            metadata.path().string(), architecture));
  }
  const auto needed = [&](const std::string& key) {
    const auto value = metadata.integer("llama." + key);
    if (!value) metadata.refuse("metadata 'llama." + key + "' is missing");
    return *value;
  };
  if (metadata.integer("llama.expert_count").value_or(0) > 0) {
    throw Error(
        ExitCode::usage,
        fmt::format("{}: a mixture of {} experts; GGUF files of dense models can be imported",
                    metadata.path().string(), *metadata.integer("llama.expert_count")));
  }
  ModelConfig& c = config_;
  c.hidden_size = needed("embedding_length");
  c.num_layers = needed("block_count");
  c.num_heads = needed("attention.head_count");
  if (c.num_heads <= 0 || c.num_layers <= 0 || c.num_layers > 4096) {
    metadata.refuse(fmt::format("{} layers of {} heads", c.num_layers, c.num_heads));
  }
  c.num_kv_heads = metadata.integer("llama.attention.head_count_kv").value_or(c.num_heads);
  c.head_dim =
      metadata.integer("llama.attention.key_length")
          .value_or(
              metadata.integer("llama.rope.dimension_count").value_or(c.hidden_size / c.num_heads));
  c.ffn_size = needed("feed_forward_length");
  c.context = needed("context_length");
  c.rope_theta = metadata.number("llama.rope.freq_base").value_or(10000.0);
  c.rms_norm_eps = metadata.number("llama.attention.layer_norm_rms_epsilon").value_or(1e-5);
  c.tie_embeddings = files_.find("output.weight").tensor == nullptr;
  const GgufTensor* embedding = files_.find("token_embd.weight").tensor;
  if (embedding == nullptr) metadata.refuse("tensor 'token_embd.weight' is missing");
  c.vocab_size = embedding->shape.front();
  c.special_tokens.bos = metadata.integer("tokenizer.ggml.bos_token_id");
  c.special_tokens.pad = metadata.integer("tokenizer.ggml.padding_token_id");
  for (const char* end : {"eos", "eot", "eom"}) {  // of a document, a turn, a message
    const auto id = metadata.integer(fmt::format("tokenizer.ggml.{}_token_id", end));
    if (id && std::ranges::find(c.special_tokens.eos, *id) == c.special_tokens.eos.end()) {
      c.special_tokens.eos.push_back(*id);
    }
  }
  const auto checked = [&](const auto& check) {
    try {
      check();
    } catch (const Error& error) {
      metadata.refuse(error.what());
    }
  };
  checked([&] { check_model_config(c); });
  refuse_what_is_not_done();
  c.rope_scaling = read_gguf_rope(files_, c);
  checked([&] { check_rope_scaling(c.rope_scaling); });
}

void GgufModel::refuse_what_is_not_done() const {
  const auto refuse = [&](const std::string& what) {
    throw Error(ExitCode::usage, file().path().string() + ": " + what);
  };
  const auto turned = file().integer("llama.rope.dimension_count").value_or(config_.head_dim);
  if (turned != config_.head_dim) {
    refuse(
        fmt::format("'llama.rope.dimension_count' is {}; this model turns all {} numbers of a "
                    "head",
                    turned, config_.head_dim));
  }
  const auto window = file().integer("llama.attention.sliding_window").value_or(config_.context);
  if (window < config_.context) {
    refuse(
        fmt::format("'llama.attention.sliding_window' is shorter than the context: {} of {} "
                    "tokens; this model attends to all of them",
                    window, config_.context));
  }
}

void GgufModel::check_tensors() const {
  if (layout_size(config_) > kManyGgufTensors && layout_size(config_) > files_.tensors()) {
    file().refuse(fmt::format("the metadata ask for {} tensors, there are {}", layout_size(config_),
                              files_.tensors()));
  }
  std::set<std::string> known = {kGgufRopeDivisors};
  for (const auto& wanted : tensor_layout(config_)) {
    const std::string name = gguf_name(wanted.name);
    known.insert(name);
    const GgufTensor* tensor = files_.find(name).tensor;
    if (tensor == nullptr) file().refuse(fmt::format("tensor '{}' is missing", name));
    if (tensor->shape != wanted.shape) {
      file().refuse(fmt::format("tensor '{}' is [{}], the metadata ask for [{}]", name,
                                fmt::join(tensor->shape, ", "), fmt::join(wanted.shape, ", ")));
    }
  }
  for (const auto& part : files_.files()) {
    for (const auto& tensor : part.tensors()) {
      if (known.count(tensor.name) > 0) continue;
      throw Error(ExitCode::usage,
                  fmt::format("{}: tensor '{}' is for something that this model does not do",
                              part.path().string(), tensor.name));
    }
  }
}

void GgufModel::read_row(const std::string& name, std::int64_t row, std::span<float> out) const {
  const bool turned = name.ends_with("q_proj.weight") || name.ends_with("k_proj.weight");
  const std::int64_t place = turned ? interleaved(row, config_.head_dim) : row;
  const auto [part, tensor] = files_.find(gguf_name(name));
  part->read(*tensor, static_cast<std::uint64_t>(place) * out.size(), out);
  if (std::ranges::all_of(out, [](float number) { return std::isfinite(number); })) return;
  part->refuse(fmt::format("tensor '{}' ('{}') has NaN or an infinite number", tensor->name, name));
}

}  // namespace btx
