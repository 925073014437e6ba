#pragma once
// A Llama-style decoder: RMSNorm, rotary attention with grouped queries, and in each layer a dense
// SwiGLU FFN or a mixture of them.

#include "model/key_value_cache.hpp"
#include "model/rotary.hpp"
#include "model/router_host.hpp"

#include <memory>
#include <vector>

namespace btx {

/// A model on one device. Used by one thread at a time.
class BTX_EXPORT Decoder {
 public:
  /// Views of `parameters`, which must outlive the decoder. `routers` are needed where the
  /// configuration has mixture layers. Throws btx::Error when a tensor is missing.
  Decoder(const ModelConfig& config, Parameters& parameters, const Ops& ops,
          const LayerRouters& routers);

  /// Final hidden states [N, D] after the last norm, in the compute type. Fills pass.sites.
  at::Tensor hidden(const Batch& batch, ForwardPass& pass) const;

  /// The same for tokens that come after those of `cache`, whose keys and values are added to it:
  /// batch.positions says where they stand, `visible` [B, T, S + T] bool which of the cache's S
  /// tokens and of their own row each of them sees, at least one. Without gradients.
  at::Tensor extend(const Batch& batch, const at::Tensor& visible, KeyValueCache& cache,
                    ForwardPass& pass) const;

  /// Cross entropy of every token, [B, T] float32; 0 where the target is negative.
  at::Tensor loss(const Batch& batch, ForwardPass& pass) const;

  /// Cross entropy of targets [N] int64 after final hidden states [N, D], [N] float32. The logits
  /// are computed in float32, as those of logits(): bfloat16 would round them to steps of an
  /// eighth, and make choices equal that are not. For scoring, without gradients.
  at::Tensor loss_of(const at::Tensor& hidden, const at::Tensor& targets) const;

  /// Logits [N, V] float32 of the token after each final hidden state [N, D].
  at::Tensor logits(const at::Tensor& hidden) const;

  /// Throws btx::Error (plugin), naming the router, if it sent tokens to an expert that does not
  /// exist in this pass. On a CPU the pass itself throws. On a GPU that would make the CPU wait in
  /// every layer, so the pass leaves such tokens out and the caller asks here, once, where it reads
  /// the pass's results anyway.
  void check_routing(const ForwardPass& pass) const;

  /// What balances and reports see of the routing of a pass: Ops::routing_sums() of every routing
  /// site and sequence, [S, B, 4 E + 2]; undefined if the model has no mixture.
  at::Tensor routing_sums(const Batch& batch, const ForwardPass& pass) const;

  /// The model's selection bias at each routing site, [E] in the type of the masters, as views that
  /// a balance may change between steps; none if the model has none.
  std::vector<at::Tensor> selection_biases() const;

  /// Lets the router change its state after an optimizer step. load[i] has [E] tokens by expert at
  /// routing site i, over the whole step; empty: the site's state stays as it is. `step` is a pass
  /// of it.
  void after_step(const std::vector<std::vector<double>>& load, const ForwardPass& step) const;

  const ModelConfig& config() const { return config_; }
  at::Device device() const { return rotary_.device(); }

 private:
  /// Of a mixture gate_up and down are those of all experts: [E, 2F, D] and [E, D, F].
  struct Layer {
    Weight attention_norm, qkv, out, ffn_norm, gate_up, down;
    std::size_t site = 0;  ///< of a mixture: its first routing site
  };
  Layer make_layer(std::int64_t index, const Parameters& parameters) const;
  template <class Attention>
  at::Tensor run_layers(const Batch& batch, ForwardPass& pass, Attention attention) const;
  at::Tensor mixture(const at::Tensor& x, const Batch& batch, const Layer& layer,
                     ForwardPass& pass) const;

  ModelConfig config_;
  const Ops& ops_;
  std::unique_ptr<RouterHost> host_;
  Weight embedding_, norm_, head_;
  std::vector<Layer> layers_;
  GrowingRotaryTables rotary_;  ///< float32
};

}  // namespace btx
