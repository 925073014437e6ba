#pragma once
// Takes a data stage's artifact out of a pack.

#include "pipeline/stage_context.hpp"

#include <btx/params.hpp>

#include <string>

namespace btx {

/// Places: "pack".
struct UnpackWork {
  static constexpr const char* kKind = "unpack";
  static constexpr std::int64_t kNumerics = 1;
  std::string stage;
  void fields(Fields& f) { f("stage", stage, "stage whose files are taken"); }
};

/// Writes that stage's files.
BTX_EXPORT void run(const UnpackWork& work, const StageContext& context);

}  // namespace btx
