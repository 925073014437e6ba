#pragma once
// What a model's router plugin says of the model: traits, costs, tensors of its own.

#include "model_spec/routing_sites.hpp"

#include <btx/mix_plan.hpp>
#include <btx/router_description.hpp>

#include <string>
#include <vector>

namespace btx {

/// The router that decides in a mixture layer; its `layers` are left empty.   [any]
BTX_EXPORT LayerRouter router_of(const ModelConfig& config, std::int64_t layer);

/// The routers that differ, each with all its layers; none for a dense model.   [any]
BTX_EXPORT std::vector<LayerRouter> routers_in(const ModelConfig& config);

/// A tensor that the router owns at one routing site, and how the model stores it (float32).
struct RouterSiteTensor {
  RoutingSite site;
  RouterTensor tensor;
  TensorInfo info;
};

/// The router's own tensors, site by site, and its selection bias (RouterChoice::selection_bias),
/// whose RouterTensor::name is kSelectionBias; none for a dense model.
/// This and all below throw btx::Error as the plugin does.   [any]
BTX_EXPORT std::vector<RouterSiteTensor> router_tensors(const ModelConfig& config);

/// Every tensor of the model: tensor_layout() and then what its router owns.
BTX_EXPORT std::vector<TensorInfo> all_tensors(const ModelConfig& config);

/// Experts a token runs through, as the model's router declares, as a mean over mixture layers; 1
/// for a dense model.
BTX_EXPORT double experts_per_token(const ModelConfig& config);

/// What the model's router says of itself; where layers have different ones, what holds of the
/// whole model. The model must have experts.
BTX_EXPORT RouterTraits router_traits(const ModelConfig& config);

/// Throws btx::Error (usage), naming `who` and the router, for a model whose router needs to see
/// more than the text up to a token: scoring and generation ask for the probability of what comes
/// next, and give a router parts of a text, or several texts, at a time.
BTX_EXPORT void check_scorable(const ModelConfig& config, const std::string& who);

/// Whether Mixtral computes the same, as the router declares.
BTX_EXPORT bool is_mixtral(const ModelConfig& config);

}  // namespace btx
