#pragma once
// A router decides, for each token of a mixture layer, which experts run and how their outputs are
// weighted. It works on small tensors with plain LibTorch; the core sorts tokens by expert, runs
// the experts, combines and differentiates.
//
// Shapes here: N tokens of a micro-batch, D hidden size, E experts, K slots a token.

#include <btx/export.hpp>
#include <btx/model_config.hpp>
#include <btx/router_description.hpp>

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace btx {

/// A term a router adds to the loss: a sum over the micro-batch's tokens, differentiable. The core
/// divides by the number of tokens of the step.
struct RouterLoss {
  std::string name;
  at::Tensor sum;  ///< scalar
};

/// What route() decides for the tokens of one call.
struct Routing {
  at::Tensor slots;          ///< [N, K] int64, expert of each slot or -1 for none; no token has an
                             ///< expert twice. K may differ between calls
  at::Tensor weights;        ///< [N, K] float32, differentiable; ignored where the slot is -1
  at::Tensor probabilities;  ///< [N, E] float32, differentiable: the distribution that balances and
                             ///< reports see
  at::Tensor chosen;         ///< [N, K] int64, `slots` as they were before any was dropped for lack
                             ///< of capacity; undefined where none is ever dropped
  std::vector<RouterLoss> losses;
};

/// Where route() is called. References stay valid for the call only.
class BTX_EXPORT RouterContext {
 public:
  virtual ~RouterContext();
  bool training = false;
  std::int64_t layer = 0;          ///< of the model, from 0
  std::int64_t mixture_index = 0;  ///< counts mixture layers from 0
  std::string part;              ///< the matrix that is routed ("up_proj"), or empty: the whole FFN
  std::int64_t step = 0;         ///< optimizer steps done in this stage
  std::int64_t total_steps = 0;  ///< of this stage; 0 outside training
  double step_tokens = 0;        ///< tokens of one optimizer step; 0 outside training
  const std::vector<ExpertInfo>* experts = nullptr;  ///< [E]; always there in a call of the core
  at::Tensor selection_bias;  ///< [E] float32, zeros by default: added to scores when choosing
                              ///< experts, never to weights
  at::Tensor token_index;  ///< [N] int64, what a token's random numbers are keyed by: its position
                           ///< in the stage's stream of tokens; in scoring and generation a hash
                           ///< of the text up to it, so that nothing around the text counts
  at::Tensor sequence;     ///< [N] int64, which sequence of the micro-batch
  at::Tensor mask;         ///< [N] bool, false for padding
  std::map<std::string, at::Tensor> tensors;  ///< what tensors() declared, for this layer

  /// [N, D] float32: the layer's input, which the gate multiplies. Converted from the compute type
  /// when it is asked for, the same tensor every time in one call of route(). Differentiable.
  virtual at::Tensor hidden() const = 0;

  /// Uniform numbers in (0, 1), [N, columns] float32: a function of the stage's seed, `purpose`,
  /// layer, step and token index alone, so that recomputation and another micro-batch size see the
  /// same ones.
  virtual at::Tensor uniform(std::string_view purpose, std::int64_t columns) const = 0;

  /// The k experts with the largest score + selection_bias of each token, largest first; of equal
  /// ones the first, on every device. scores [N, E] float32 -> [N, k] int64. Needs 1 <= k <= E and
  /// throws btx::Error else. Not differentiable.
  virtual at::Tensor choose(const at::Tensor& scores, std::int64_t k) const = 0;

  /// The k largest logits with the softmax over them as weights, BTX's router: slots as choose(),
  /// weights, and the softmax over all as probabilities. One kernel on a GPU. Differentiable.
  virtual Routing top_k(const at::Tensor& logits, std::int64_t k) const = 0;
};

/// The smallest one, which sends every token to the expert with the largest probability:
///
///     class Top1 final : public btx::Router {
///      public:
///       struct Config {
///         void fields(btx::Fields& /*f*/) {}
///       };
///       explicit Top1(const Config& /*config*/) {}
///       btx::RouterTraits traits(std::int64_t /*num_experts*/) const override {
///         return {.experts_per_token = 1};
///       }
///       btx::Routing route(const at::Tensor& logits, const btx::RouterContext&) const override {
///         const at::Tensor probabilities = logits.softmax(1);
///         const auto [weights, slots] = probabilities.max(1, /*keepdim=*/true);
///         return {slots, weights, probabilities, {}, {}};
///       }
///     };
///     BTX_PLUGIN("smallest_router", "0.1.0", registrar) {
///       registrar.add<btx::Router, Top1>("smallest", "every token to its likeliest expert");
///     }
///
/// Source of what a router is: BTX, arXiv 2403.07816, section 2.3; Switch, arXiv 2101.03961, 2.
class BTX_EXPORT Router : public RouterDescription {
 public:
  ~Router() override;

  /// Pure: the same arguments give the same result, so that recomputation is safe. `logits` [N, E]
  /// float32 are those of the core's gate, a linear map without bias of context.hidden(). Outside
  /// training a sequence may come in several calls, and two continuations of one text in one
  /// sequence: what a token gets then must not depend on the other tokens of the call. The core
  /// checks the result's shapes, types and expert numbers and names the router in its error; what
  /// route() itself throws is reported with the plugin's name.   [any]
  virtual Routing route(const at::Tensor& logits, const RouterContext& context) const = 0;

  /// Once after each optimizer step and routing site, the only place where state changes: the
  /// tensors that tensors() declared as state are changed in place through context.tensors.
  /// `counts` [E] float64: slots that each expert got in the whole step, of context.step_tokens
  /// tokens. context.hidden(), token_index, sequence, mask and selection_bias are undefined here.
  /// Default: nothing.   [main]
  virtual void after_step(const at::Tensor& counts, RouterContext& context) const;
};

}  // namespace btx
