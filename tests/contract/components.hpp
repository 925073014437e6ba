#pragma once
// Every component of build/plugins.

#include "config/fields/field_writer.hpp"
#include "plugin/component.hpp"
#include "plugin/registry.hpp"
#include "plugins/load.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace btx_test {

/// Opens the plugins the first time.
inline const std::vector<btx::RegisteredComponent>& all_components() {
  static const bool loaded = [] {
    load_plugins_under_test();
    return true;
  }();
  REQUIRE(loaded);
  return btx::Registry::instance().components();
}

/// The names of one kind; a kind without any shows that nothing was checked.
inline std::vector<std::string> names_of(const std::string& kind) {
  std::vector<std::string> names;
  for (const auto& component : all_components()) {
    if (component.entry.kind == kind) names.push_back(component.entry.name);
  }
  REQUIRE(!names.empty());
  return names;
}

/// Runs f(); says so and goes on where a component refuses (usage) what it is given.
template <class F>
bool unless_refused(const std::string& who, F&& f) {
  try {
    f();
    return true;
  } catch (const btx::Error& error) {
    const std::string message = error.what();
    INFO(message);
    REQUIRE(error.code() == btx::ExitCode::usage);
    MESSAGE("skipped " << who << ": " << message);
    return false;
  }
}

}  // namespace btx_test
