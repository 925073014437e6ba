#pragma once
// A stage: one step of the pipeline, with everything it is given. Its result, a folder called an
// artifact, is stored under the digest of that.

#include "base/file.hpp"
#include "recipe/value.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// Another stage whose artifact is read, and as what ("init", "tokens/math").
struct StageInput {
  std::string role;
  std::string stage;
};

/// A plugin component that a stage uses; all of it is part of the key.
struct UsedComponent {
  std::string kind, name, version, digest;

  /// "router:top_k 0.1.0 6f3a...".
  BTX_EXPORT std::string text() const;
};

/// What a plan says a stage will take.
struct StageEstimate {
  std::int64_t parameters = 0;   ///< in all
  double active_parameters = 0;  ///< used by one token
  double tokens = 0;             ///< trained on
  double flops = 0;
  double memory_bytes = 0;
  double disk_bytes = 0;
};

struct Stage {
  std::string name;  ///< "expert/math"; unique in a run
  std::string kind;  ///< "train"; which function runs it
  Value config;      ///< resolved; a stage is given nothing else
  std::vector<StageInput> inputs;
  std::vector<UsedComponent> components;
  std::vector<std::string> files;  ///< digests and names of files from outside
  StageEstimate estimate;
  std::string missing;  ///< why its data cannot be read, where a plan is made all the same
  std::string key;      ///< digest of all above but the estimate
};

/// How often results of a kind have changed on purpose; part of the key. History in
/// core/docs/numerics.md. Throws btx::Error for an unknown kind.
BTX_EXPORT std::int64_t numerics_version(const std::string& kind);

/// The digest of a stage's kind, numerics version and config alone: what a test pins.
BTX_EXPORT std::string config_digest(const Stage& stage);

/// Sets `key` from everything the stage is given; `input_keys` in the order of inputs.
BTX_EXPORT void set_key(Stage& stage, const std::vector<std::string>& input_keys);

/// Stages in an order in which inputs come first.
struct StageGraph {
  std::vector<Stage> stages;
  std::vector<std::string> deferred;  ///< models that can be planned only after stages have run
  /// Throws btx::Error (usage) naming the known stages.
  BTX_EXPORT const Stage& find(const std::string& name) const;
};

}  // namespace btx
