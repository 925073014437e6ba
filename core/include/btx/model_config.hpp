#pragma once
// The shape of a model: a Llama-style decoder in which the FFN of any layer may be a mixture.

#include <btx/enum_names.hpp>
#include <btx/export.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace btx {

/// An expert of a mixture and where it comes from.
struct ExpertInfo {
  std::string name;    ///< of the model it was copied from: "maths"
  std::string domain;  ///< that model was trained on; empty for the seed
  std::string group;   ///< experts cut from one model share it; otherwise the name
};

/// What one routing decision is for: each mixture layer's FFN, each of the three matrices of it, or
/// the whole model, decided in its first mixture layer.
enum class Granularity { ffn, linear, model };
template <>
inline constexpr auto kEnumNames<Granularity> = std::array{"ffn", "linear", "model"};

/// A router plugin that decides in some mixture layers alone.
struct LayerRouter {
  std::vector<std::int64_t> layers;
  std::string type;
  std::string params = "{}";  ///< as JSON, every field present
};

/// Which router plugin decides in the mixture layers, with its resolved parameters.
struct RouterChoice {
  std::string type;
  std::string params = "{}";  ///< as JSON, every field present
  Granularity granularity = Granularity::ffn;
  bool selection_bias = false;  ///< each routing site has numbers [E] that are added to scores when
                                ///< experts are chosen; a balance moved them in training
  std::vector<LayerRouter> by_layer = {};  ///< in their layers in the place of type and params
};

/// How rotary frequencies are changed for contexts longer than those of pretraining. Names follow
/// `rope_scaling` of Hugging Face's config.json.
enum class RopeType { none, linear, llama3 };
/// Such a change with its numbers.
struct RopeScaling {
  RopeType type = RopeType::none;
  double factor = 1;            ///< low frequencies are divided by it; at least 1
  double low_freq_factor = 1;   ///< this and the next two: llama3 alone
  double high_freq_factor = 4;  ///< above low_freq_factor
  std::int64_t original_max_position_embeddings = 0;  ///< context of pretraining

  bool operator==(const RopeScaling&) const = default;
};

/// Token ids for programs that generate text, as an imported config.json gave them. They change no
/// logit.
struct SpecialTokens {
  std::optional<std::int64_t> bos, pad;
  std::vector<std::int64_t> eos;  ///< any of them ends a text; empty: not said
};

/// One decoder. Names follow Hugging Face's config.json where it has one.
struct ModelConfig {
  std::int64_t vocab_size = 0;
  std::int64_t hidden_size = 0;   ///< D
  std::int64_t num_layers = 0;    ///< L
  std::int64_t num_heads = 0;     ///< H query heads
  std::int64_t num_kv_heads = 0;  ///< divides H
  std::int64_t head_dim = 0;      ///< even
  std::int64_t ffn_size = 0;      ///< F, of a dense FFN and of each expert
  std::int64_t context = 0;       ///< longest sequence, T
  double rope_theta = 10000.0;
  RopeScaling rope_scaling;
  double rms_norm_eps = 1e-5;
  bool tie_embeddings = false;
  SpecialTokens special_tokens;
  std::vector<bool> mixture;        ///< [L] which layers' FFN is a mixture; empty: none
  std::vector<ExpertInfo> experts;  ///< of every mixture layer; empty when there is none
  RouterChoice router;              ///< read only when there are experts

  bool is_mixture(std::int64_t layer) const {
    return layer < static_cast<std::int64_t>(mixture.size()) &&
           mixture[static_cast<std::size_t>(layer)];
  }
  std::int64_t num_experts() const { return static_cast<std::int64_t>(experts.size()); }
};

}  // namespace btx
