#pragma once
// Calls a router in each mixture layer and keeps what balances, reports and the routing state need.

#include "kernels/ops.hpp"
#include "model/layout.hpp"
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
  at::Tensor padding;            ///< [B, T] bool, true for padding; undefined: there is none
  at::Tensor positions;          ///< [B, T] int64, of each token in its text; undefined: 0..T-1
};

/// [B, T] bool: tokens that are no padding.
BTX_EXPORT at::Tensor real_tokens(const Batch& batch);

/// What was decided at one routing site for one micro-batch. The graph is kept while training.
struct SiteRouting {
  at::Tensor input;   ///< [N, width] float32, what the gate multiplied; if ForwardPass asks for it
  at::Tensor logits;  ///< [N, E] float32
  Routing routing;
};

/// One pass through the model: what the caller sets, and what the layers leave behind.
struct ForwardPass {
  bool training = false;
  std::int64_t step = 0;
  std::int64_t total_steps = 0;
  double step_tokens = 0;                  ///< tokens of one optimizer step
  std::uint64_t random_seed = 0;           ///< of the stage
  bool keep_inputs = false;                ///< sites keep what their gate multiplied
  std::vector<at::Tensor> selection_bias;  ///< a routing site each, [E] or undefined
  std::vector<SiteRouting> sites;          ///< out, in the order of routing_sites()
};

/// A router and the tensors it owns in the model's buffers.
class RouterHost {
 public:
  RouterHost(const ModelConfig& config, Component<Router> router, const Parameters& parameters);

  /// The decision for x [N, width] at the next routing site of the pass, recorded in pass.sites;
  /// for granularity "model" that of the only site, whatever the layer. Throws btx::Error (plugin)
  /// when the router breaks its contract on shapes.
  Dispatch route(const at::Tensor& x, const Batch& batch, ForwardPass& pass) const;

  /// Calls the router's after_step() for every site; see Decoder::after_step().
  void after_step(const std::vector<std::vector<double>>& load, const ForwardPass& step) const;

  const Router& router() const { return router_.get(); }

 private:
  struct Site {
    RoutingSite place;
    Weight gate;
    std::map<std::string, at::Tensor> tensors;
  };
  const ModelConfig& config_;
  Component<Router> router_;
  std::vector<Site> sites_;
};

}  // namespace btx
