#pragma once
// Calls a router in each mixture layer and keeps what balances, reports and the routing state need.

#include "kernels/ops.hpp"
#include "model/parameters.hpp"
#include "plugin/component.hpp"

#include <btx/router.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace btx {

/// Tokens of one micro-batch: B sequences of T tokens.
struct Batch {
  at::Tensor tokens;             ///< [B, T] int64
  at::Tensor targets;            ///< [B, T] int64, the next token; negative: not scored
  at::Tensor domain;             ///< [B] int64, which domain a sequence comes from
  std::int64_t first_token = 0;  ///< position of tokens[0, 0] in the stage's stream of tokens
};

/// What one mixture layer decided for one micro-batch. The graph is kept while training.
struct LayerRouting {
  std::int64_t layer = 0;
  at::Tensor logits;  ///< [N, E] float32; undefined for routers that take hidden states
  Routing routing;
};

/// One pass through the model: what the caller sets, and what the layers leave behind.
struct ForwardPass {
  bool training = false;
  std::int64_t step = 0;
  std::uint64_t random_seed = 0;           ///< of the stage
  std::vector<at::Tensor> selection_bias;  ///< a mixture layer each, [E] or undefined
  std::vector<LayerRouting> layers;        ///< out
};

/// A router and the tensors it owns in the model's buffers.
class RouterHost {
 public:
  RouterHost(const ModelConfig& config, Component<Router> router, const Parameters& parameters);

  /// Routes x [N, D] of mixture layer `layer` and records the decision in `pass`.
  /// Throws btx::Error (plugin) when the router breaks its contract on shapes.
  Dispatch route(const at::Tensor& x, const Batch& batch, std::int64_t layer,
                 ForwardPass& pass) const;

  /// Calls the router's after_step() for every mixture layer; see Decoder::after_step().
  void after_step(const std::vector<std::vector<double>>& load, std::int64_t step,
                  std::uint64_t random_seed) const;

  const Router& router() const { return router_.get(); }

 private:
  struct Layer {
    Weight gate;
    std::map<std::string, at::Tensor> tensors;
  };
  const ModelConfig& config_;
  Component<Router> router_;
  std::vector<Layer> layers_;
};

}  // namespace btx
