// Models that are trained in several stages, one after the other.
#include "config/named_items.hpp"
#include "plan/resolve/resolver.hpp"
#include "recipe/merge.hpp"
#include "recipe/stage_names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace btx {

/// The stages that a training table asks for: one, or one for each item of its `phase`, with the
/// table as that item's defaults; none without tokens. `own` becomes the whole of it.
std::vector<TrainingPhase> Resolver::phases(Value& own, const ValuePath& path,
                                            const std::map<std::string, double>& default_data) {
  const std::string where = fmt::format("{}", fmt::join(path, "."));
  Value items;
  if (Value* given = own.find("phase")) items = *given;
  const bool several = own.erase("phase");
  const TrainConfig whole = training(own, where, default_data);
  if (!several) {
    if (!whole.trains()) return {};
    return {{"", whole, path}};
  }
  std::vector<TrainingPhase> all = phases_of(items, own, path);
  own.set("phase", items);
  return all;
}

/// A baseline may have stages of these names beside those of phases, its own or [finetune]'s.
void Resolver::check_phase_name(const ValuePath& written, const std::string& where,
                                const std::string& name) const {
  for (const char* other : {kMix, kExpertsPhase}) {
    if (name != other) continue;
    refuse(written, fmt::format("{} '{}': stages of baselines are called so; give the phase "
                                "another name",
                                where, name));
  }
}

std::vector<TrainingPhase> Resolver::phases_of(Value& items, const Value& table,
                                               const ValuePath& path) {
  const std::string where = fmt::format("{}.phase", fmt::join(path, "."));
  if (!has_named_items(items)) {
    fail_at(items.place, where + ": must be an array of tables, each with a name");
  }
  check_distinct_names(items, where);
  std::vector<TrainingPhase> all;
  for (Value& item : items.as<Array>()) {
    TrainingPhase phase;
    phase.name = *item_name(item);
    phase.written = path;
    phase.written.insert(phase.written.end(), {"phase", phase.name});
    check_name(phase.written, where, phase.name);
    check_phase_name(phase.written, where, phase.name);
    const Value name = item.at("name");
    Value laid = table;
    item.erase("name");
    if (item.find("data") != nullptr) laid.erase("data");
    merge(laid, item);
    laid.place = item.place;
    phase.train = training(laid, where + "." + phase.name, {});
    if (!phase.train.trains()) {
      refuse(phase.written, fmt::format("{}.{}: has no tokens to train on; give it some, or take "
                                        "it out",
                                        where, phase.name));
    }
    laid.set("name", name);
    item = std::move(laid);
    all.push_back(std::move(phase));
  }
  return all;
}

std::vector<std::string> phase_stages(const std::string& name,
                                      const std::vector<TrainingPhase>& phases) {
  std::vector<std::string> names;
  for (const auto& phase : phases) names.push_back(name + "/" + phase.name);
  if (!names.empty()) names.back() = name;
  return names;
}

void Resolver::resolve_finetune() {
  r_.finetune = phases(r_.recipe.finetune, {"finetune"}, all_domains());
}

}  // namespace btx
