#pragma once
// [mix]: how the experts become one model.

#include "config/value.hpp"

#include <btx/params.hpp>

#include <string>

namespace btx {

/// One merge: [mix], or `mix` of a baseline.
struct MixConfig {
  std::string strategy;
  Value params;
  bool include_seed_expert = true;
  void fields(Fields& f) {
    f("strategy", strategy, "plugin that merges the models", {.required = true});
    f("params", params, "of the merge plugin");
    f("include_seed_expert", include_seed_expert, "the seed is mixed in as one more expert");
  }
};

}  // namespace btx
