#pragma once
// Calls a router in each mixture layer and keeps what balances, reports and the routing state need.

#include "kernels/ops.hpp"
#include "model/batch.hpp"
#include "model/layer_routers.hpp"
#include "model/parameters.hpp"
#include "model_spec/routing_sites.hpp"
#include "plugin/component.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace btx {

/// The routers and the tensors they own in the model's buffers. Used by one thread at a time.
class RouterHost {
 public:
  /// `config` must outlive the host. Throws btx::Error as router_tensors() and Parameters do.
  RouterHost(const ModelConfig& config, const LayerRouters& routers, const Parameters& parameters,
             const Ops& ops);

  /// Index into routing_sites() of the first site of a mixture layer: the only one of the model
  /// where it decides once for all layers (Granularity::model).
  std::size_t first_site(std::int64_t layer) const;

  /// Empties what an earlier pass left in pass.sites and pass.missing_expert, and notes what
  /// routers are told of the tokens of this one.
  void begin(const Batch& batch, ForwardPass& pass) const;

  /// The decision for x [N, width] at routing site `site`, recorded in pass.sites. A site that has
  /// decided in this pass already decides the same for the layers after it. Throws btx::Error
  /// (plugin) when the router breaks its contract; see check() for what is not seen here.
  Dispatch route(std::size_t site, const at::Tensor& x, const Batch& batch,
                 ForwardPass& pass) const;

  /// See Decoder::routing_sums().
  at::Tensor routing_sums(const Batch& batch, const ForwardPass& pass) const;

  /// Throws btx::Error (plugin) if route() was given an expert that does not exist and could not
  /// say so: see Decoder::check_routing().
  void check(const ForwardPass& pass) const;

  /// [E] at each routing site, as views of the model's buffers; none if the model has no selection
  /// bias.
  std::vector<at::Tensor> selection_biases() const;

  /// Calls the router's after_step(); see Decoder::after_step().
  void after_step(const std::vector<std::vector<double>>& load, const ForwardPass& step) const;

 private:
  struct Site {
    RoutingSite place;
    Component<Router> router;
    Weight gate;
    at::Tensor selection_bias;                  ///< [E]; undefined: the model has none
    std::map<std::string, at::Tensor> tensors;  ///< by the router's name for them
  };
  Routing ask(const Site& site, SiteRouting& record, const at::Tensor& x, ForwardPass& pass) const;

  const ModelConfig& config_;
  const Ops& ops_;
  at::Tensor no_bias_;  ///< [E] zeros
  std::vector<Site> sites_;
};

}  // namespace btx
