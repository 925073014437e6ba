#include "pipeline/stage.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {

std::string UsedComponent::text() const {
  return fmt::format("{}:{} {} {}", kind, name, version, digest);
}

std::string config_digest(const Stage& stage) {
  Value given;
  given.set("kind", Value(stage.kind));
  given.set("numerics", Value(stage.numerics));
  given.set("config", stage.config);
  return digest(to_json(given, true));
}

void set_key(Stage& stage, const std::vector<std::string>& input_keys) {
  Value given;
  given.set("config", Value(config_digest(stage)));
  Array inputs;
  for (std::size_t i = 0; i < stage.inputs.size(); ++i) {
    inputs.emplace_back(stage.inputs[i].role + " " + input_keys[i]);
  }
  given.set("inputs", Value(std::move(inputs)));
  Array components;
  for (const auto& c : stage.components) {
    components.emplace_back(c.text());
  }
  given.set("components", Value(std::move(components)));
  Array files;
  for (const auto& file : stage.files) files.emplace_back(file);
  given.set("files", Value(std::move(files)));
  stage.key = digest(to_json(given, true));
}

const Stage* StageGraph::find_if_there(const std::string& name) const {
  const auto found = std::ranges::find(stages, name, &Stage::name);
  return found == stages.end() ? nullptr : &*found;
}

const Stage& StageGraph::find(const std::string& name) const {
  if (const Stage* stage = find_if_there(name)) return *stage;
  std::vector<std::string> known;
  for (const auto& stage : stages) known.push_back(stage.name);
  throw Error(ExitCode::usage,
              fmt::format("no stage is called '{}'{}", name, known_names(name, known)));
}

}  // namespace btx
