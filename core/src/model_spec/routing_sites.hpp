#pragma once
// Where the routers of a model decide.

#include <btx/export.hpp>
#include <btx/model_config.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// A place where a router decides: a layer, and with Granularity::linear one of its matrices.
struct RoutingSite {
  std::int64_t layer = 0;
  std::int64_t mixture_index = 0;  ///< counts mixture layers from 0
  std::string part;                ///< "gate_proj", "up_proj", "down_proj", or empty: the whole FFN
  std::int64_t width = 0;          ///< of what the gate multiplies
  std::string gate;                ///< name of its gate

  /// "3" or "3 up_proj".
  BTX_EXPORT std::string name() const;
};

/// Where routers decide in this model, in the order of a forward pass: every mixture layer, each
/// matrix of them, or the first one alone (RouterChoice::granularity). Empty for a dense model.
BTX_EXPORT std::vector<RoutingSite> routing_sites(const ModelConfig& config);

/// How many layers are mixtures.
BTX_EXPORT std::int64_t mixture_layers(const ModelConfig& config);

}  // namespace btx
