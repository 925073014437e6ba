#pragma once
// A model continues a prompt: what `btx generate` shows. Without LibTorch's headers.

#include "base/file.hpp"
#include "eval/generation/routed_token.hpp"
#include "recipe/schema/engine.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace btx {

/// A model's folder, and those of its members if it is an ensemble.
struct ModelFolders {
  fs::path model;
  std::vector<std::pair<std::string, fs::path>> members;  ///< name and folder
};

/// What `btx generate` is asked for.
struct ContinueOptions {
  EngineConfig engine;  ///< decided
  std::string prompt;
  std::int64_t max_tokens = 0;  ///< 0: 128, or fewer where the model's context is shorter
  std::vector<std::string> stop;
  double temperature = 0, top_p = 1;  ///< as in Sampling (generate.hpp)
  std::int64_t seed = 1;
  bool routed = false;     ///< whether the experts' shares are wanted; of mixtures alone
  std::int64_t site = -1;  ///< shares of this routing site alone; -1: of all together
  /// Called with each piece of the text as soon as it is certain; may be empty.
  std::function<void(const std::string& piece)> on_text = {};
};

/// What was written; `routed` and `experts` are empty unless they were asked for.
struct Continuation {
  std::string text;
  std::int64_t tokens = 0;           ///< that were written
  std::vector<RoutedToken> routed;   ///< what the model saw of the prompt, and the text
  std::vector<std::string> experts;  ///< names, in the order of shares
};

/// Continues the prompt with a model, a mixture or an ensemble.
/// Throws btx::Error (usage) for shares of a model without experts and a site that is not there;
/// as loading and generating do.   [main]
Continuation continue_prompt(const ContinueOptions& options, const ModelFolders& folders);

}  // namespace btx
