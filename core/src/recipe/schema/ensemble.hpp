#pragma once
// An ensemble: several models run side by side.

#include "config/value.hpp"

#include <btx/params.hpp>

#include <cstdint>
#include <string>

namespace btx {

/// Several models run side by side.
struct EnsembleConfig {
  std::string type;
  Value params;
  bool include_seed_expert = true;
  std::int64_t fit_bytes = 4'000'000;
  void fields(Fields& f) {
    f("type", type, "plugin that weighs the models", {.required = true});
    f("params", params, "of the ensemble plugin");
    f("include_seed_expert", include_seed_expert, "the seed is one more member");
    f("fit_bytes", fit_bytes, "train text of each member that the plugin is fitted on, at most",
      {.min = 1, .unit = Unit::bytes});
  }
};

}  // namespace btx
