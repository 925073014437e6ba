#include "report/scored_run.hpp"

#include "base/text.hpp"
#include "config/config.hpp"
#include "config/value_access.hpp"
#include "pipeline/run_folder.hpp"
#include "pipeline/store.hpp"
#include "recipe/load.hpp"
#include "recipe/schema/run.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace btx {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ExitCode::usage, what);
}

Value read_json(const fs::path& file) {
  return from_json(read_file(file), file.string());
}

double number(const Value& table, const char* key) {
  return number_of(table.at(key));
}
std::string text(const Value& table, const char* key) {
  return table.at(key).as<std::string>();
}

/// What counts over items move in: those of a router that draws are means over its draws.
double step_of(const ScoreRow& score, std::int64_t draws) {
  const auto times = static_cast<double>(draws);
  const bool counts = std::ranges::all_of(score.denominator, [](double x) { return x == 1; }) &&
                      std::ranges::all_of(score.numerator, [&](double x) {
                        return std::abs(times * x - std::round(times * x)) < 1e-9;
                      });
  return counts ? 1 / (times * static_cast<double>(score.denominator.size())) : 0;
}

void add_metric(ScoredRun& run, const std::string& metric, const MetricFacts& facts) {
  if (run.facts.emplace(metric, facts).second) run.metrics.push_back(metric);
}

/// Where sets of a metric have a group, those without one are in no mean.
void leave_out_of_means(const ScoredRun& run, ScoredModel& model,
                        const std::vector<SetFacts>& sets) {
  std::map<std::string, bool> grouped;
  for (const auto& set : sets) grouped[set.name] = !set.groups.empty();
  for (auto& [metric, scores] : model.scores) {
    if (!run.facts.at(metric).of_sets) continue;
    const auto has_group = [&](const auto& one) { return grouped[one.first]; };
    if (std::none_of(scores.begin(), scores.end(), has_group)) continue;
    for (auto& one : scores) one.second.in_mean = has_group(one);
  }
}

/// A mean over sets is a metric of its own: each set's first score.
void add_set_means(ScoredRun& run, ScoredModel& model, const ModelScores& scores) {
  const auto results = set_results(scores);
  for (const auto& group : set_groups(results)) {
    const std::string metric = group.name == "mean" ? "mean of all sets" : "mean of " + group.name;
    add_metric(run, metric, {false, true});
    for (const auto& set : group.sets) {
      const SetResult& result = *std::ranges::find(results, set, &SetResult::name);
      const std::string first = result.task + "/" + result.scores.front().metric;
      model.scores[metric][set] = model.scores.at(first).at(set);
    }
  }
}

void add_scores(ScoredRun& run, ScoredModel& model) {
  const fs::path artifact = stage_folder(run.path, evaluate_stage(model.name));
  model.key = text(read_json(artifact / kManifest).at("inputs"), "model");
  auto scores = read_config_file<ModelScores>(artifact / kScores);
  for (const auto& set : scores.sets) model.texts[set.name] = set.digest;
  for (const auto& [domain, sample] : scores.samples) model.texts[domain] = sample.digest;
  for (auto& score : scores.scores) {
    const std::string metric = metric_name(score);
    add_metric(run, metric, {score.lower_is_better, score.set.has_value()});
    const double step = step_of(score, scores.draws);
    model.scores[metric][score.set ? *score.set : score.domain.value_or("")] = {
        score.value, step, true, std::move(score.numerator), std::move(score.denominator)};
  }
  leave_out_of_means(run, model, scores.sets);
  add_set_means(run, model, scores);
}

/// Whether two models of a run divide by the same numbers; check_comparable() is for other faults.
bool alike(const ScoredModel& a, const ScoredModel& b, const std::string& metric) {
  const auto same = [](const auto& one, const auto& other) {
    const auto &x = one.second.denominator, &y = other.second.denominator;
    return one.first != other.first || x.size() != y.size() || x == y;
  };
  const auto mine = a.scores.find(metric), other = b.scores.find(metric);
  if (mine == a.scores.end() || other == b.scores.end()) return true;
  if (mine->second.size() != other->second.size()) return true;
  return std::mismatch(mine->second.begin(), mine->second.end(), other->second.begin(),
                       other->second.end(), same)
             .first == mine->second.end();
}

/// Metrics per token of models that have different tokenizers have nothing in common.
void drop_unlike(ScoredRun& run) {
  std::erase_if(run.metrics, [&](const std::string& metric) {
    const bool all = std::ranges::all_of(run.models, [&](const ScoredModel& model) {
      return alike(run.models.front(), model, metric);
    });
    if (!all) run.unlike.push_back(metric);
    return !all;
  });
  for (auto& model : run.models) {
    for (const auto& metric : run.unlike) model.scores.erase(metric);
  }
}

void read_seeds(ScoredRun& run) {
  const Value& all = run.recipe.at("run");
  run.seed = all.at("seed").as<std::int64_t>();
  const auto seeds = read_config<StageSeeds>(all.at("seeds"), "[run.seeds]");
  run.seeds = {seeds.of_stage(kSeed, run.seed), seeds.of_stage(expert_stage(""), run.seed),
               seeds.of_stage(kFinetune, run.seed)};
}

}  // namespace

const ScoredModel* ScoredRun::find(const std::string& model) const {
  const auto at =
      std::find_if(models.begin(), models.end(), [&](const auto& m) { return m.name == model; });
  return at == models.end() ? nullptr : &*at;
}

ScoredRun read_scored_run(const fs::path& run) {
  if (!fs::exists(run / "resolved.toml"))
    refuse(run.string() + " is not a run folder (it has no resolved.toml)");
  const fs::path report = stage_folder(run, kReport) / "report.json";
  if (!fs::exists(report)) {
    refuse(run.string() + " is not finished; 'btx run' with the same recipe goes on with it");
  }
  ScoredRun all;
  all.path = run;
  all.recipe = load_recipe(run / "resolved.toml").tree;
  read_seeds(all);
  for (const auto& member : all.recipe.at("data").as<Table>()) all.domains.push_back(member.key);
  const Value costs = read_json(report);
  for (const auto& row : costs.at("models").as<Array>()) {
    ScoredModel model;
    model.name = text(row, "name");
    model.parameters = number(row, "parameters");
    model.active_parameters = number(row, "active_parameters");
    model.cost = {number(row, "train_tokens"), number(row, "train_flops"),
                  number(row, "train_seconds"), number(row, "wall_seconds")};
    if (const Value* computed = row.find("computed")) model.computed = strings_of(*computed);
    add_scores(all, model);
    all.models.push_back(std::move(model));
  }
  drop_unlike(all);
  return all;
}

}  // namespace btx
