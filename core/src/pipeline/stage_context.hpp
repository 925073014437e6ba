#pragma once
// What a stage's function is handed, and which function runs which kind.

#include "pipeline/stage.hpp"

#include <map>
#include <string>
#include <vector>

namespace btx {

struct StageContext {
  std::string name, kind;
  Value config;
  std::vector<std::pair<std::string, fs::path>> inputs;  ///< role, artifact
  fs::path output;                                       ///< empty folder to be filled
  fs::path work;        ///< kept between attempts; may not exist yet
  fs::path run_folder;  ///< for metrics
  fs::path downloads;   ///< kept between runs
  int threads = 1;      ///< for work whose result does not depend on it

  /// Throws btx::Error for a role that is not there (a programmer's error).
  BTX_EXPORT const fs::path& input(const std::string& role) const;
};

using StageFunction = void (*)(const StageContext&);

/// Functions by kind. btx_base has those that need no LibTorch; btx_core adds its own when opened.
BTX_EXPORT std::map<std::string, StageFunction>& stage_functions();

/// Whether a kind of stage needs open_core().
BTX_EXPORT bool needs_core(const std::string& kind);

}  // namespace btx
