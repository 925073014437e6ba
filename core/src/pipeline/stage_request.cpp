#include "pipeline/stage_request.hpp"

namespace btx {

Stage StageRequest::stage() const {
  Stage made;
  made.name = name;
  made.kind = kind;
  made.key = key;
  made.config = config;
  for (const auto& input : inputs) made.inputs.push_back({input.role, input.stage});
  made.components = components;
  made.files = files;
  return made;
}

std::vector<std::string> StageRequest::input_keys() const {
  std::vector<std::string> keys;
  for (const auto& input : inputs) keys.push_back(input.key);
  return keys;
}

std::vector<InputArtifact> StageRequest::input_artifacts() const {
  std::vector<InputArtifact> artifacts;
  for (const auto& input : inputs) artifacts.push_back({input.key, input.folder});
  return artifacts;
}

StageRequest request_for(const Stage& stage, const StageGraph& graph, const Store& store) {
  StageRequest request{stage.name,  stage.kind, stage.key, stage.config, {}, stage.components,
                       stage.files, {},         {}};
  for (const auto& input : stage.inputs) {
    const Stage& other = graph.find(input.stage);
    request.inputs.push_back(
        {input.role, input.stage, other.key, fs::absolute(store.artifact(other)).string()});
  }
  for (const auto& [role, path] : stage.places) request.places.push_back({role, path});
  for (const auto& [path, digest] : stage.digests) request.digests.push_back({path, digest});
  return request;
}

}  // namespace btx
