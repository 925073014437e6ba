#pragma once
// A stage: one step of a run, with everything it is given. Its result, a folder called an artifact,
// is stored under the digest of that. What kinds of stages there are is not known here (stages/).

#include "base/file.hpp"
#include "config/value.hpp"

#include <btx/params.hpp>

#include <cstdint>
#include <map>
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

  void fields(Fields& f) {
    f("kind", kind, "kind of the component");
    // Not "name": a router and a balance may share theirs, items with names may not.
    f("component", name, "name of the component");
    f("version", version, "version of the plugin");
    f("digest", digest, "digest of the plugin's library");
  }
  /// "router:top_k 0.1.0 6f3a...".
  BTX_EXPORT std::string text() const;
};

/// What a plan says a stage will take.
struct StageEstimate {
  std::int64_t parameters = 0;   ///< in all
  double active_parameters = 0;  ///< used by one token
  double tokens = 0;             ///< trained on
  double flops = 0;
  double memory_bytes = 0;  ///< of the machine
  double device_bytes = 0;  ///< of a GPU's memory; 0: it needs none
  double disk_bytes = 0;
};

/// One stage as it was planned. Plans fill it in; a run writes it as a StageRequest.
struct Stage {
  std::string name;           ///< "expert/math"; unique in a run
  std::string kind;           ///< which function runs it
  std::int64_t numerics = 1;  ///< how often results of the kind have changed on purpose
  Value config;               ///< its settings, resolved; a stage is given no others
  std::vector<StageInput> inputs;
  std::vector<UsedComponent> components;
  std::vector<std::string> files;              ///< digests and names of files from outside
  std::map<std::string, std::string> places;   ///< where those files lie, by role; not in the key
  std::map<std::string, std::string> digests;  ///< of all files from outside that are read, by path
  StageEstimate estimate;
  std::string missing;  ///< why its data cannot be read; `btx plan` shows it, `btx run` refuses
  std::string key;      ///< digest of all above but name, places, digests, estimate, missing
};

/// The digest of a stage's kind, numerics version and config alone: what a test pins.
BTX_EXPORT std::string config_digest(const Stage& stage);

/// Sets `key` from everything the stage is given; `input_keys` in the order of inputs.
BTX_EXPORT void set_key(Stage& stage, const std::vector<std::string>& input_keys);

/// Stages in an order in which inputs come first.
struct StageGraph {
  std::vector<Stage> stages;
  std::vector<std::string> deferred;  ///< models that can be planned only after stages have run
  std::int64_t context = 0;           ///< the least of the models that are scored, in tokens
  /// The stage of this name, or null.
  BTX_EXPORT const Stage* find_if_there(const std::string& name) const;
  /// Throws btx::Error (usage) naming the known stages.
  BTX_EXPORT const Stage& find(const std::string& name) const;
};

}  // namespace btx
