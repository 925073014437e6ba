#pragma once
// The files by which a run tells its stages, which are processes of their own, what to do.

#include "config/package_path.hpp"
#include "pipeline/stage.hpp"
#include "pipeline/store.hpp"

#include <btx/params.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// An input of a stage that is to run: the artifact is there.
struct RequestedInput {
  std::string role, stage, key, folder;

  void fields(Fields& f) {
    f("role", role, "as what the artifact is read");
    f("stage", stage, "stage that made it");
    f("key", key, "key of that stage");
    f("folder", folder, "folder of the artifact");
  }
};

/// A file from outside.
struct RequestedPlace {
  std::string role, path;

  void fields(Fields& f) {
    f("role", role, "what the file is to the stage");
    f("path", path, "where it lies");
  }
};

/// A file from outside that the stage reads, as it was when the run was planned.
struct RequestedFile {
  std::string path, digest;

  void fields(Fields& f) {
    f("path", path, "where it lies");
    f("digest", digest, "digest of its content");
  }
};

/// What `btx stage RUN NAME` needs to know of one stage: <run>/stages/NAME.json.
struct StageRequest {
  std::string name, kind, key;
  Value config;
  std::vector<RequestedInput> inputs;
  std::vector<UsedComponent> components;
  std::vector<std::string> files;
  std::vector<RequestedPlace> places;
  std::vector<RequestedFile> digests;

  void fields(Fields& f) {
    f("name", name, "name of the stage", {.required = true});
    f("kind", kind, "kind of the stage", {.required = true});
    f("key", key, "its key", {.required = true});
    f("config", config, "its settings", {.required = true});
    f("inputs", inputs, "artifacts that it reads");
    f("components", components, "plugin components that it uses");
    f("files", files, "digests and names of files from outside");
    f("places", places, "where those files lie");
    f("digests", digests, "digests of all files from outside that are read");
  }
  /// The stage, for the store.
  BTX_EXPORT Stage stage() const;
  BTX_EXPORT std::vector<std::string> input_keys() const;
  BTX_EXPORT std::vector<InputArtifact> input_artifacts() const;
};

/// The request for a stage of a graph whose artifacts are kept in `store`.
BTX_EXPORT StageRequest request_for(const Stage& stage, const StageGraph& graph,
                                    const Store& store);

/// What all stages of a run share: <run>/stages/surroundings.json.
struct RunSettings {
  std::string store;
  std::vector<std::string> plugin_paths;
  std::vector<PackageFolder> packages;
  std::int64_t threads = 0;

  void fields(Fields& f) {
    f("store", store, "where artifacts are kept", {.required = true});
    f("plugin_paths", plugin_paths, "folders with plugins");
    f("packages", packages, "packages that paths may name");
    f("threads", threads, "threads of one stage; 0: one for each core");
  }
};

}  // namespace btx
