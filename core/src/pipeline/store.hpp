#pragma once
// Where artifacts are kept: one folder a key, read-only, shared by runs.

#include "model/engine.hpp"
#include "pipeline/stage.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace btx {

/// Describes an artifact, in its folder.
inline constexpr const char* kManifest = "manifest.json";

/// A finished artifact as its manifest.json describes it.
struct Manifest {
  std::string stage, kind, key;
  std::string content;  ///< digest of all that it holds but how long it took
  Value config;
  std::optional<ComputedOn> computed;  ///< where a model was computed
  std::vector<std::string> rests_on;   ///< ComputedOn::text() of it and of all that it is made from
  /// Names and contents of what it was made from; made again, those may hold other bits.
  std::vector<std::pair<std::string, std::string>> made_from;
  std::vector<std::pair<std::string, std::string>> inputs;  ///< role, key
  std::vector<std::string> components, files;               ///< UsedComponent::text(); Stage::files
  std::vector<std::pair<std::string, std::string>> outputs;  ///< file, digest
  std::vector<std::pair<std::string, std::int64_t>> sizes;   ///< bytes of each output
};

/// An input of a stage that is made: its key, and its folder.
struct InputArtifact {
  std::string key;
  fs::path folder;
};

/// The manifest in an artifact's folder. Throws btx::Error for one that is missing or damaged.
BTX_EXPORT Manifest read_manifest(const fs::path& artifact);

/// Names the first file of an artifact that is missing, has not the digest its manifest says, or
/// does not belong there; nothing if all is sound. Throws as read_manifest().
BTX_EXPORT std::optional<std::string> find_damage(const fs::path& artifact);

/// A store. Any number of processes may use it at once.
class BTX_EXPORT Store {
 public:
  explicit Store(const fs::path& folder) : folder_(folder) {}

  /// <store>/<kind>-<first 16 digits of the key>.
  fs::path artifact(const Stage& stage) const;
  /// Kept between attempts at one artifact: training checkpoints. Removed when it is done.
  fs::path work(const Stage& stage) const;
  /// What sources have downloaded, kept between runs; digests of files, remembered by plans.
  fs::path downloads() const { return folder_ / "downloads"; }
  fs::path memo() const { return folder_ / "memo.json"; }

  /// Whether the artifact is there, with a manifest that can be read and files of the sizes it
  /// says, and what it was made from still is what it was; one of which that does not hold is
  /// warned of and counts as absent, so that it is made again. Contents are looked at by
  /// find_damage().
  bool has(const Stage& stage) const;

  /// Makes the artifact unless it is there: `make` fills an empty folder and returns on what it
  /// computed, which goes into the manifest; the folder is then made read-only and renamed. One
  /// process a key at a time; others wait. Nothing is left behind when `make` throws, but work().
  /// Returns whether it was made now. `measured`: StageKind::measured, or "".
  bool produce(const Stage& stage, const std::vector<InputArtifact>& inputs,
               const std::function<std::optional<ComputedOn>(const fs::path&)>& make,
               const std::string& measured = "") const;

  /// Removes what attempts at an artifact that is there have left: a kill may come between the two.
  void clear_work(const Stage& stage) const;

  /// Manifests of artifacts of this kind, newest first; for saying why there is none with a key.
  std::vector<Manifest> manifests(const std::string& kind) const;

  const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
};

/// What a stage is given that is new against the most similar artifact: "train.lr changed 3e-4 ->
/// 2e-4", "input init changed", ..., or "not made before".
BTX_EXPORT std::string explain_miss(const Store& store, const Stage& stage,
                                    const std::vector<std::string>& input_keys);

}  // namespace btx
