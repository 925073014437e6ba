#pragma once
// Whether a router goes with the models that it is to route in.

#include "plan/resolve/resolve.hpp"

#include <btx/mix_plan.hpp>

#include <cstdint>

namespace btx {

/// The path of a key of a router, for messages.   [any]
ValuePath router_path(const ResolvedRouter& router, const char* key);

/// Throws a PlacedError (usage) with the place in `recipe`: a mixture layer that models of so many
/// layers do not have.   [any]
void check_router_layers(const Value& recipe, const ResolvedRouter& router, std::int64_t layers);

/// Likewise: a router of a model's own where there is nothing to route, a granularity that it
/// cannot do, a router for a layer that is no mixture.   [any]
void check_routed_plan(const Value& recipe, const ResolvedRouter& router, const MixPlan& plan);

}  // namespace btx
