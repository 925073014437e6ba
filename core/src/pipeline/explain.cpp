// Why a stage is not in the store: what differs from the most similar artifact.
#include "pipeline/store.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

using Differences = std::vector<std::string>;

void compare(const Value* before, const Value* after, const std::string& path, Differences& out) {
  if (before != nullptr && after != nullptr && before->is<Table>() && after->is<Table>()) {
    for (const auto& [key, value, place] : after->as<Table>()) {
      compare(before->find(key), &value, path.empty() ? key : path + "." + key, out);
    }
    for (const auto& [key, value, place] : before->as<Table>()) {
      if (after->find(key) == nullptr)
        compare(&value, nullptr, path.empty() ? key : path + "." + key, out);
    }
    return;
  }
  if (before != nullptr && after != nullptr && *before == *after) return;
  const auto text = [](const Value* value) {
    constexpr std::size_t kLongest = 60;
    std::string json = value == nullptr ? "nothing" : to_json(*value);
    if (json.size() > kLongest) json = json.substr(0, kLongest) + "...";
    return json;
  };
  out.push_back(fmt::format("{} changed {} -> {}", path, text(before), text(after)));
}

Differences differences(const Manifest& made, const Stage& stage,
                        const std::vector<std::string>& input_keys) {
  Differences out;
  compare(&made.config, &stage.config, "", out);
  for (std::size_t i = 0; i < stage.inputs.size(); ++i) {
    const auto same = [&](const auto& input) { return input.first == stage.inputs[i].role; };
    const auto before = std::find_if(made.inputs.begin(), made.inputs.end(), same);
    if (before == made.inputs.end()) {
      out.push_back(fmt::format("input {} is new", stage.inputs[i].role));
    } else if (before->second != input_keys[i]) {
      out.push_back(fmt::format("{} changed", stage.inputs[i].stage));
    }
  }
  for (const auto& c : stage.components) {
    if (std::find(made.components.begin(), made.components.end(), c.text()) ==
        made.components.end()) {
      out.push_back(fmt::format("plugin {}:{} was rebuilt or is new", c.kind, c.name));
    }
  }
  for (const auto& file : stage.files) {
    if (std::find(made.files.begin(), made.files.end(), file) != made.files.end()) continue;
    out.push_back(fmt::format("file {} changed or is new", file.substr(0, file.rfind(' '))));
  }
  return out;
}

}  // namespace

std::string explain_miss(const Store& store, const Stage& stage,
                         const std::vector<std::string>& input_keys) {
  const auto manifests = store.manifests(stage.kind);
  Differences best;
  bool found = false;
  for (const auto& made : manifests) {
    if (made.stage != stage.name) continue;
    if (made.key == stage.key) return "its artifact is damaged";
    Differences mine = differences(made, stage, input_keys);
    if (!found || mine.size() < best.size()) best = std::move(mine);
    found = true;
  }
  if (!found) return "not made before";
  if (best.empty())
    return fmt::format("results of '{}' stages changed in this version", stage.kind);
  const std::size_t shown = std::min<std::size_t>(3, best.size());
  std::string text = fmt::format(
      "{}", fmt::join(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(shown), "; "));
  if (best.size() > shown) text += fmt::format("; and {} more", best.size() - shown);
  return text;
}

}  // namespace btx
