#pragma once
// The plugins that a test names in CMake (its own and those that it NEEDS), and their components.

#include "plugin/component.hpp"
#include "plugin/loader.hpp"
#include "support.hpp"

#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>

namespace btx_test {

/// Opens the plugins that the test names, and no other of build/plugins, or of the folder that
/// BTX_TEST_PLUGIN_DIR names where a test was taken to another machine (tests/gpu_kit.sh).
inline void load_plugins_under_test() {
  const char* given = std::getenv("BTX_TEST_PLUGIN_DIR");
  const btx::fs::path folder =
      given != nullptr ? btx::fs::path(given) : btx::fs::path(BTX_BUILD_DIR) / "plugins";
  std::istringstream names(BTX_TEST_PLUGINS);
  for (std::string name; names >> name;) btx::load_plugin(folder / (name + ".so"));
}

/// A component of these plugins, with parameters in JSON.
template <class T>
btx::Component<T> component(const std::string& name, const std::string& params = "{}") {
  load_plugins_under_test();
  return btx::make_component<T>(name, btx::from_json(params, "the test"));
}

/// The same without a guard: it can be changed, and its errors come as it throws them.
template <class T>
std::shared_ptr<T> bare_component(const std::string& name, const std::string& params = "{}") {
  load_plugins_under_test();
  return std::static_pointer_cast<T>(
      btx::make_untyped(T::kKind, name, btx::from_json(params, "the test")).first);
}

}  // namespace btx_test
