#pragma once
// What the verbs that work on one model share: a checkpoint folder, a GGUF file, or a run folder
// with --model.

#include "base/temporary_folder.hpp"
#include "cli/cli.hpp"
#include "eval/generation/continue_prompt.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace btx {

/// A model that can be loaded.
struct OpenCheckpoint : ModelFolders {
  std::unique_ptr<TemporaryFolder> unpacked;  ///< what had to be written for it
};

/// PATH and --model as they were given; "": no --model.
struct CheckpointArgument {
  std::string path, model;

  /// Adds PATH and --model to a verb.
  void add_to(Verb verb);

  /// The checkpoint as it lies there; opens the plugins that it may need. Throws btx::Error (usage)
  /// for --model without a run folder and a run folder without it.
  fs::path find(const CommandLine& line) const;

  /// The same, ready to be loaded: a GGUF file is unpacked into a temporary folder. Throws
  /// btx::Error as find(), and for an ensemble outside its run, where its members are not known.
  OpenCheckpoint open(const CommandLine& line) const;
};

}  // namespace btx
