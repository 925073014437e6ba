#pragma once
// Every router, in layers of several sizes.

#include "plugins/router_under_test.hpp"

#include "contract/components.hpp"

namespace btx_test {

/// f(router, experts) for every router, several numbers of experts, while training and not.
template <class F>
void for_each_router(F&& f) {
  for (const auto& name : names_of("router")) {
    std::int64_t accepted = 0;
    for (const std::int64_t experts : {2, 3, 8}) {
      INFO("router:" << name << " with " << experts << " experts");
      unless_refused("router:" + name, [&] {
        RouterUnderTest router(name, experts);
        for (const bool training : {false, true}) {
          router.set_training(training);
          f(router, experts);
        }
        ++accepted;
      });
    }
    CHECK(accepted > 0);
  }
}

}  // namespace btx_test
