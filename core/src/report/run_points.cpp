#include "report/run_points.hpp"

#include "base/text.hpp"
#include "config/leaves.hpp"
#include "report/point_labels.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace btx {
namespace {

bool ignored(const std::string& key) {
  const std::set<std::string> places = {"run.name", "run.dir", "run.store", "run.seed",
                                        "run.plugin_paths"};
  return places.count(key) > 0 || key.starts_with("run.seeds.") || key.starts_with("sweep.");
}

Settings settings_of(const ScoredRun& run) {
  Settings settings;
  for (const auto& [key, value] : leaves_of(run.recipe)) {
    if (ignored(key)) continue;
    settings[key] = value->is<std::string>() ? value->as<std::string>() : to_toml_inline(*value);
  }
  return settings;
}

void check_seeds(const std::vector<ScoredRun>& runs, const RunPoint& point, std::size_t run) {
  for (const std::size_t other : point.runs) {
    if (runs[other].seeds != runs[run].seeds) continue;
    throw Error(ExitCode::usage,
                fmt::format("{} and {} have the same recipe and the same seeds; leave one of them "
                            "out",
                            runs[other].path.string(), runs[run].path.string()));
  }
}

/// Every key of the runs, in the order of the first recipe that has it.
std::vector<std::string> keys_in_order(const std::vector<ScoredRun>& runs) {
  std::vector<std::string> order;
  std::set<std::string> seen;
  for (const auto& run : runs) {
    for (const auto& [key, value] : leaves_of(run.recipe)) {
      if (!ignored(key) && seen.insert(key).second) order.push_back(key);
    }
  }
  return order;
}

/// "1, 2, 3" of a number of every run; and whether there is more than one.
std::string numbers(const std::vector<ScoredRun>& runs,
                    const std::function<std::int64_t(const ScoredRun&)>& number, bool& varied) {
  std::set<std::int64_t> all;
  for (const auto& run : runs) all.insert(number(run));
  varied = all.size() > 1;
  std::vector<std::string> texts;
  for (const std::int64_t one : all) texts.push_back(std::to_string(one));
  return join(texts);
}

}  // namespace

RunPoints group_runs(const std::vector<ScoredRun>& runs) {
  RunPoints all;
  std::vector<Settings> settings;
  for (std::size_t run = 0; run < runs.size(); ++run) {
    auto mine = settings_of(runs[run]);
    const auto at = std::find(settings.begin(), settings.end(), mine) - settings.begin();
    if (at == std::ssize(settings)) {
      settings.push_back(std::move(mine));
      all.points.emplace_back();
    }
    RunPoint& point = all.points[static_cast<std::size_t>(at)];
    check_seeds(runs, point, run);
    point.runs.push_back(run);
  }
  const PointLabels labels(settings, keys_in_order(runs));
  for (std::size_t i = 0; i < all.points.size(); ++i) all.points[i].label = labels.labels()[i];
  all.notes = labels.notes();
  return all;
}

std::string seeds_note(const std::vector<ScoredRun>& runs) {
  bool by_run = false, by_seed = false, by_expert = false, by_finetune = false;
  const std::string seeds = numbers(
      runs, [](const auto& r) { return r.seed; }, by_run);
  const std::string seed = numbers(
      runs, [](const auto& r) { return r.seeds.seed_model; }, by_seed);
  const std::string expert = numbers(
      runs, [](const auto& r) { return r.seeds.expert; }, by_expert);
  const std::string finetune = numbers(
      runs, [](const auto& r) { return r.seeds.finetune; }, by_finetune);
  std::vector<std::string> varied;
  if (by_seed) varied.push_back(fmt::format("the seed model's training ({})", seed));
  if (by_expert) varied.push_back(fmt::format("the experts' training ({})", expert));
  if (by_finetune) {
    varied.push_back(fmt::format(
        "mixing, gates, finetuning, baselines and what routers draw in scoring ({})", finetune));
  }
  const std::string start = fmt::format("Seeds: run.seed = {}", seeds);
  if (varied.empty()) return start + "; no stage had more than one.";
  return start + "; varied in " + join(varied, ", ") + "; nowhere else.";
}

}  // namespace btx
