#include "pipeline/stage_inputs.hpp"

#include "plugin/registry.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {
namespace {

/// The settings are those of the key, and the kind's results are still the ones it means.
void check_request(const StageRequest& request, const StageKind& kind) {
  Stage stage = request.stage();
  stage.numerics = kind.numerics;
  set_key(stage, request.input_keys());
  if (stage.key == request.key) return;
  throw Error(
      fmt::format("{}: its request is not the one of its key; it was edited, or btx was "
                  "changed since the run was planned: run again",
                  request.name));
}

void check_component(const UsedComponent& used) {
  const Registry& registry = Registry::instance();
  const PluginRecord& plugin = registry.plugin_of(registry.find(used.kind, used.name));
  if (plugin.digest == used.digest) return;
  throw Error(
      fmt::format("{}: the plugin of {}:{} was changed since the run was planned; run again",
                  plugin.path.string(), used.kind, used.name));
}

void check_artifact(const RequestedInput& input) {
  if (read_manifest(input.folder).key != input.key) {
    throw Error(fmt::format("{}: is not the artifact of {} that this run needs; run again",
                            input.folder, input.stage));
  }
  if (const auto damage = find_damage(input.folder)) {
    throw Error(
        fmt::format("{}: {}; remove {} to make it again", input.stage, *damage, input.folder));
  }
}

WatchedFile watch(const RequestedFile& requested) {
  WatchedFile file(requested.path);
  if (file.digest() == requested.digest) return file;
  throw Error(
      fmt::format("{} was changed since the run was planned; run again (with --verify if "
                  "this is said again)",
                  requested.path));
}

}  // namespace

StageInputs::StageInputs(const StageRequest& request, const StageKind& kind) {
  check_request(request, kind);
  for (const auto& component : request.components) check_component(component);
  for (const auto& input : request.inputs) check_artifact(input);
  for (const auto& file : request.digests) files_.push_back(watch(file));
}

void StageInputs::check_unchanged() const {
  for (const auto& file : files_) file.check_unchanged();
}

}  // namespace btx
