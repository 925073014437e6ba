#include "pipeline/stage.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <map>

namespace btx {

std::string UsedComponent::text() const {
  return fmt::format("{}:{} {} {}", kind, name, version, digest);
}

std::int64_t numerics_version(const std::string& kind) {
  static const std::map<std::string, std::int64_t> versions = {
      {"documents", 2}, {"tokenizer", 1}, {"tokens", 1}, {"import", 1},
      {"train", 2},     {"mix", 1},       {"gates", 2},  {"dev_loss", 1},
      {"ensemble", 2},  {"evaluate", 4},  {"report", 1}, {"unpack", 1}};
  const auto found = versions.find(kind);
  if (found == versions.end()) throw Error(fmt::format("no stage is of kind '{}'", kind));
  return found->second;
}

std::string config_digest(const Stage& stage) {
  Value given;
  given.set("kind", Value(stage.kind));
  given.set("numerics", Value(numerics_version(stage.kind)));
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

const Stage& StageGraph::find(const std::string& name) const {
  std::vector<std::string> known;
  for (const auto& stage : stages) {
    if (stage.name == name) return stage;
    known.push_back(stage.name);
  }
  throw Error(ExitCode::usage, fmt::format("no stage is called '{}'{} known: {}", name,
                                           did_you_mean(name, known), join(known)));
}

}  // namespace btx
