#pragma once
// The router of each mixture layer.

#include "plugin/component.hpp"

#include <btx/router.hpp>

#include <cstdint>
#include <map>
#include <utility>

namespace btx {

/// One router for all mixture layers, and others for some of them.
class LayerRouters {
 public:
  LayerRouters() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): one router is that of every layer
  LayerRouters(Component<Router> all) : all_(std::move(all)) {}

  void set(std::int64_t layer, Component<Router> router) { own_[layer] = std::move(router); }
  /// Of a layer without one of its own: the one for all.
  const Component<Router>& of(std::int64_t layer) const {
    const auto own = own_.find(layer);
    return own == own_.end() ? all_ : own->second;
  }

 private:
  Component<Router> all_;
  std::map<std::int64_t, Component<Router>> own_;
};

}  // namespace btx
