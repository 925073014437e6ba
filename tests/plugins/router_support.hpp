#pragma once
// One router of the plugins under test.

#include "plugins/tensors.hpp"

#include "plugins/load.hpp"

#include <string>

namespace btx_test {

/// A router with these parameters, for one sequence of `tokens` tokens of a later mixture layer, in
/// training.
inline RouterUnderTest make_router(const std::string& name, std::int64_t experts,
                                   const std::string& params = "{}", std::int64_t tokens = 1) {
  load_plugins_under_test();
  RouterUnderTest router(name, experts, btx::from_json(params, "the test"));
  router.set_batch(1, tokens);
  return router;
}

/// The usage error for a router with these parameters; "" if it can be made.
inline std::string refusal(const std::string& name, std::int64_t experts,
                           const std::string& params) {
  return usage_error_of([&] { make_router(name, experts, params); });
}

}  // namespace btx_test
