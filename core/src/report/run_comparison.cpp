#include "report/run_comparison.hpp"

#include "base/text.hpp"
#include "report/difference/model_difference.hpp"
#include "report/text/computed_text.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace btx {
namespace {

double domain_mean(const MetricScores& scores) {
  std::vector<double> values;
  for (const auto& [domain, score] : scores) {
    if (score.in_mean) values.push_back(score.value);
  }
  return mean_of(values);
}

ComparedModelRow row_of(const std::vector<const ScoredModel*>& results, const std::string& metric,
                        const std::vector<std::string>& domains) {
  const auto mean = [&](const auto& number) {
    std::vector<double> numbers;
    for (const auto* result : results) numbers.push_back(number(*result));
    return mean_of(numbers);
  };
  ComparedModelRow row;
  row.model = results.front()->name;
  row.seeds = results.size();
  for (const auto& domain : domains) {
    row.values.push_back(mean([&](const auto& r) { return r.scores.at(metric).at(domain).value; }));
  }
  std::vector<double> means;
  for (const auto* result : results) means.push_back(domain_mean(result->scores.at(metric)));
  row.mean = mean_of(means);
  row.deviation = standard_deviation(means);
  row.parameters = mean([](const auto& r) { return r.parameters; });
  row.active_parameters = mean([](const auto& r) { return r.active_parameters; });
  row.cost = {mean([](const auto& r) { return r.cost.tokens; }),
              mean([](const auto& r) { return r.cost.flops; }),
              mean([](const auto& r) { return r.cost.seconds; }),
              mean([](const auto& r) { return r.cost.wall; })};
  return row;
}

/// Fills one metric's table.
class TableBuilder {
 public:
  TableBuilder(const std::vector<ScoredRun>& runs, const RunPoints& points, std::string metric,
               std::string baseline)
      : runs_(runs),
        points_(points.points),
        metric_(std::move(metric)),
        baseline_(std::move(baseline)) {
    table_.metric = metric_;
    table_.facts = runs.front().facts.at(metric_);
    for (const auto& [domain, score] : runs.front().models.front().scores.at(metric_)) {
      table_.domains.push_back(domain);
      if (!score.in_mean) table_.in_no_mean.push_back(domain);
    }
  }

  MetricComparison build(double level) {
    for (std::size_t point = 0; point < points_.size(); ++point) {
      for (const auto& model : runs_[points_[point].runs.front()].models) {
        add_row(point, model.name);
      }
    }
    table_.resamples = resamples_for(table_.rows.size(), level);
    for (auto& row : table_.rows) {
      if (row.point == 0 && row.model == baseline_) continue;
      row.difference = difference_of(pairs_of(row), level, table_.resamples);
    }
    decide(table_, level);
    return std::move(table_);
  }

 private:
  using Results = std::vector<const ScoredModel*>;

  static bool same(const ScoredModel* a, const ScoredModel* b) { return a->key == b->key; }

  /// Among runs whose model came from the same stages, keeps the first. Equal scores of other
  /// stages are results of their own.
  Results distinct_results(const RunPoint& point, const std::string& model) const {
    Results results;
    for (const std::size_t run : point.runs) {
      const ScoredModel* found = runs_[run].find(model);
      const bool known = std::any_of(results.begin(), results.end(),
                                     [&](const auto* other) { return same(other, found); });
      if (!known) results.push_back(found);
    }
    return results;
  }

  /// A model that an earlier point has too, from the same stages, has no second row: it would be
  /// tested twice.
  void add_row(std::size_t point, const std::string& model) {
    Results results = distinct_results(points_[point], model);
    for (std::size_t i = 0; i < results_.size(); ++i) {
      const bool repeat =
          table_.rows[i].model == model &&
          std::equal(results.begin(), results.end(), results_[i].begin(), results_[i].end(), same);
      if (!repeat) continue;
      ++table_.repeats;
      return;
    }
    table_.rows.push_back(row_of(results, metric_, table_.domains));
    table_.rows.back().point = point;
    results_.push_back(std::move(results));
  }

  /// The scores of the model and of the baseline in every pair of runs with the same seeds.
  std::vector<ScorePair> pairs_of(const ComparedModelRow& row) const {
    std::vector<ScorePair> pairs;
    for (const std::size_t run : points_[row.point].runs) {
      for (const std::size_t other : points_.front().runs) {
        if (runs_[run].seeds != runs_[other].seeds) continue;
        const ScoredModel* model = runs_[run].find(row.model);
        const ScoredModel* baseline = runs_[other].find(baseline_);
        pairs.push_back({&model->scores.at(metric_), &baseline->scores.at(metric_),
                         model->key + " " + baseline->key});
      }
    }
    return pairs;
  }

  const std::vector<ScoredRun>& runs_;
  const std::vector<RunPoint>& points_;
  std::string metric_, baseline_;
  MetricComparison table_;
  std::vector<Results> results_;  ///< of the table's rows
};

std::string computed_note(const std::vector<ScoredRun>& runs) {
  std::map<std::string, std::vector<std::string>> who;
  for (const auto& run : runs) {
    std::set<std::string> places;
    for (const auto& model : run.models)
      places.insert(model.computed.begin(), model.computed.end());
    for (const auto& place : places) who[place].push_back(run.path.filename().string());
  }
  return computed_text(who);
}

std::string baseline_of(const ScoredRun& first, const std::string& wanted) {
  if (wanted.empty()) return first.models.front().name;
  if (first.find(wanted) != nullptr) return wanted;
  std::vector<std::string> names;
  for (const auto& model : first.models) names.push_back(model.name);
  throw Error(ExitCode::usage,
              fmt::format("{} has no model '{}' to be the baseline{}; it has: {}",
                          first.path.string(), wanted, did_you_mean(wanted, names), join(names)));
}

}  // namespace

RunComparison compare_runs(const std::vector<ScoredRun>& runs, const CompareOptions& options) {
  check_comparable(runs);
  const RunPoints points = group_runs(runs);
  RunComparison all;
  for (const auto& point : points.points) all.points.push_back(point.label);
  all.baseline = baseline_of(runs.front(), options.baseline);
  all.level = options.level;
  for (const auto& metric : runs.front().metrics) {
    all.metrics.push_back(TableBuilder(runs, points, metric, all.baseline).build(options.level));
  }
  all.notes = points.notes;
  all.notes.push_back(seeds_note(runs));
  for (const auto& metric : runs.front().unlike) {
    all.notes.push_back(metric + " is left out: the models count the same text in other units.");
  }
  if (std::string note = computed_note(runs); !note.empty()) all.notes.push_back(std::move(note));
  const auto more = comparison_notes(all, runs.front());
  all.notes.insert(all.notes.end(), more.begin(), more.end());
  return all;
}

}  // namespace btx
