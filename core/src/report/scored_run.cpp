#include "report/scored_run.hpp"

#include "base/text.hpp"
#include "recipe/load.hpp"
#include "recipe/value_access.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>

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

/// Tasks may share the name of a metric.
std::string metric_name(const Value& score) {
  const std::string task = text(score, "task"), metric = text(score, "metric");
  return task == metric ? metric : task + "/" + metric;
}

void add_scores(ScoredRun& run, ScoredModel& model) {
  const Value file = read_json(run.path / "stages" / ("evaluate+" + model.name) / "scores.json");
  for (const auto& score : file.at("scores").as<Array>()) {
    const std::string metric = metric_name(score);
    if (run.lower_is_better.emplace(metric, score.at("lower_is_better").as<bool>()).second) {
      run.metrics.push_back(metric);
    }
    const char* place = score.find("set") == nullptr ? "domain" : "set";
    model.scores[metric][text(score, place)] = {number(score, "value"),
                                                numbers_of(score.at("numerator")),
                                                numbers_of(score.at("denominator"))};
  }
}

void read_seeds(ScoredRun& run) {
  const Value& all = run.recipe.at("run");
  run.seed = all.at("seed").as<std::int64_t>();
  const auto effective = [&](const char* key) {
    const std::int64_t own = all.at("seeds").at(key).as<std::int64_t>();
    return own < 0 ? run.seed : own;
  };
  run.seeds = {effective("seed_model"), effective("expert"), effective("finetune")};
}

/// Where the documents of two scores differ, or "".
std::string difference(const DomainScore& a, const DomainScore& b) {
  const auto &one = a.denominator, &other = b.denominator;
  if (one.size() != other.size()) {
    return fmt::format("{} test documents against {}", one.size(), other.size());
  }
  const auto at = std::mismatch(one.begin(), one.end(), other.begin()).first - one.begin();
  if (at == std::ssize(one)) return "";
  const auto i = static_cast<std::size_t>(at);
  return fmt::format("test document {} differs, its denominator is {} against {}", at + 1, one[i],
                     other[i]);
}

void check_model(const ScoredRun& first, const ScoredRun& run, const ScoredModel& model) {
  if (model.scores.size() != first.models.front().scores.size()) {
    refuse(fmt::format("{} and {} cannot be compared: model '{}' has other metrics",
                       first.path.string(), run.path.string(), model.name));
  }
  for (const auto& [metric, domains] : first.models.front().scores) {
    const auto mine = model.scores.find(metric);
    for (const auto& [domain, score] : domains) {
      const bool there = mine != model.scores.end() && mine->second.count(domain) > 0;
      const std::string what = there ? difference(score, mine->second.at(domain)) : "not scored";
      if (what.empty()) continue;
      refuse(fmt::format("{} and {} cannot be compared: {} of domain '{}', model '{}': {}",
                         first.path.string(), run.path.string(), metric, domain, model.name, what));
    }
  }
}

}  // namespace

const ScoredModel* ScoredRun::find(const std::string& model) const {
  const auto at =
      std::find_if(models.begin(), models.end(), [&](const auto& m) { return m.name == model; });
  return at == models.end() ? nullptr : &*at;
}

ScoredRun read_scored_run(const fs::path& run) {
  if (!fs::exists(run / "resolved.toml")) refuse(run.string() + " is no run folder of btx");
  const fs::path report = run / "stages/report/report.json";
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
                  number(row, "train_seconds")};
    add_scores(all, model);
    all.models.push_back(std::move(model));
  }
  return all;
}

void check_comparable(const std::vector<ScoredRun>& runs) {
  const ScoredRun& first = runs.front();
  const auto same = [&](const ScoredRun& run, const char* what, const std::vector<std::string>& one,
                        const std::vector<std::string>& other) {
    if (std::is_permutation(one.begin(), one.end(), other.begin(), other.end())) return;
    refuse(fmt::format("{} and {} cannot be compared: {} {} against {}", first.path.string(),
                       run.path.string(), what, join(one), join(other)));
  };
  for (const auto& run : runs) {
    same(run, "domains", first.domains, run.domains);
    same(run, "metrics", first.metrics, run.metrics);
    for (const auto& model : run.models) check_model(first, run, model);
  }
}

}  // namespace btx
