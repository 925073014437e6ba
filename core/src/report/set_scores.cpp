#include "report/set_scores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace btx {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// Shares of items read better in percent; bits and the like as they are.
bool is_share(const SetScore& score) {
  return !score.lower_is_better;
}

/// "12.3 ± 4.5", or "12.3" where there is no standard error.
std::string with_error(double value, double error, double factor, int digits) {
  const std::string text = fmt::format("{:.{}f}", factor * value, digits);
  return std::isnan(error) ? text : text + fmt::format(" ± {:.{}f}", factor * error, digits);
}

std::string cell(const SetScore& score) {
  const bool share = is_share(score);
  return with_error(score.value, score.standard_error, share ? 100 : 1, share ? 1 : 4);
}

SetMean mean_of_sets(const std::string& name, const std::vector<const SetResult*>& sets) {
  SetMean mean{name, 0, 0};
  const auto count = static_cast<double>(sets.size());
  for (const auto* set : sets) {
    mean.value += set->scores[0].value / count;
    mean.standard_error += std::pow(set->scores[0].standard_error / count, 2);
  }
  mean.standard_error = std::sqrt(mean.standard_error);
  return mean;
}

std::string mean_cell(const SetMean& mean) {
  return with_error(mean.value, mean.standard_error, 100, 1);
}

/// The score of this name, or null; "" is the first.
const SetScore* find(const SetResult& set, const std::string& metric) {
  for (const auto& score : set.scores) {
    if (metric.empty() || score.metric == metric) return &score;
  }
  return nullptr;
}

/// The index of the model with the best score in a column; none where all are equal.
std::size_t best_of(const std::vector<ModelSets>& models, std::size_t set,
                    const std::string& metric) {
  const auto value = [&](const ModelSets& m) { return find(m.results[set], metric)->value; };
  const bool equal = std::all_of(models.begin(), models.end(), [&](const ModelSets& model) {
    return value(model) == value(models[0]);
  });
  if (equal && models.size() > 1) return models.size();
  std::size_t winner = 0;
  for (std::size_t i = 1; i < models.size(); ++i) {
    const SetScore& mine = *find(models[i].results[set], metric);
    const SetScore& other = *find(models[winner].results[set], metric);
    const bool better = mine.lower_is_better ? mine.value < other.value : mine.value > other.value;
    if (better) winner = i;
  }
  return winner;
}

}  // namespace

std::vector<SetResult> set_results(const ModelScores& scores) {
  std::vector<SetResult> results;
  for (const auto& set : scores.sets) {
    SetResult result{set.name,   set.task,  set.split, set.licence,       set.digest,
                     set.groups, set.items, set.shots, set.unconditional, {}};
    for (const auto& score : scores.scores) {
      if (score.set != set.name) continue;
      result.scores.push_back(
          {score.metric, score.value, score.standard_error.value_or(kNone), score.lower_is_better});
    }
    results.push_back(std::move(result));
  }
  return results;
}

std::vector<SetGroup> set_groups(const std::vector<SetResult>& results) {
  std::vector<SetGroup> groups;
  SetGroup all{"mean", {}};
  for (const auto& set : results) {
    if (set.groups.empty() || set.scores[0].lower_is_better) continue;
    all.sets.push_back(set.name);
    for (const auto& name : set.groups) {
      auto group = std::ranges::find(groups, name, &SetGroup::name);
      if (group == groups.end()) group = groups.insert(groups.end(), {name, {}});
      group->sets.push_back(set.name);
    }
  }
  if (!all.sets.empty()) groups.push_back(std::move(all));
  return groups;
}

std::vector<SetMean> set_means(const std::vector<SetResult>& results) {
  std::vector<SetMean> means;
  for (const auto& group : set_groups(results)) {
    std::vector<const SetResult*> mine;
    for (const auto& set : results) {
      if (std::ranges::find(group.sets, set.name) != group.sets.end()) mine.push_back(&set);
    }
    means.push_back(mean_of_sets(group.name, mine));
  }
  return means;
}

std::vector<std::string> shared_metrics(const std::vector<SetResult>& results) {
  std::vector<std::string> names;
  for (const auto& score : results.front().scores) {
    const bool everywhere = std::all_of(results.begin(), results.end(), [&](const SetResult& set) {
      return std::any_of(set.scores.begin() + 1, set.scores.end(),
                         [&](const SetScore& other) { return other.metric == score.metric; });
    });
    if (everywhere) names.push_back(score.metric);
  }
  return names;
}

TextRows set_rows(const std::vector<SetResult>& results) {
  TextRows rows = {{"set", "shots", "items", "metric", "score", "others"}};
  for (const auto& set : results) {
    std::string others;
    for (std::size_t i = 1; i < set.scores.size(); ++i) {
      others +=
          fmt::format("{}{} {}", i == 1 ? "" : "; ", set.scores[i].metric, cell(set.scores[i]));
    }
    rows.push_back({set.name, std::to_string(set.shots), std::to_string(set.items),
                    set.scores[0].metric, cell(set.scores[0]), others});
  }
  for (const auto& mean : set_means(results)) {
    rows.push_back({mean.name == "mean" ? "mean of these sets" : "mean of " + mean.name, "", "", "",
                    mean_cell(mean), ""});
  }
  return rows;
}

TextRows model_set_rows(const std::vector<ModelSets>& models, const std::string& metric) {
  TextRows rows = {{"model"}};
  std::vector<std::size_t> columns;
  for (std::size_t set = 0; set < models[0].results.size(); ++set) {
    if (find(models[0].results[set], metric) == nullptr) continue;
    columns.push_back(set);
    rows[0].push_back(models[0].results[set].name);
  }
  for (std::size_t i = 0; i < models.size(); ++i) {
    auto& row = rows.emplace_back(std::vector<std::string>{models[i].model});
    for (const std::size_t set : columns) {
      row.push_back(cell(*find(models[i].results[set], metric)) +
                    (best_of(models, set, metric) == i ? " *" : ""));
    }
    if (!metric.empty()) continue;
    for (const auto& mean : set_means(models[i].results)) {
      if (i == 0) rows[0].push_back(mean.name == "mean" ? "mean" : mean.name + " mean");
      row.push_back(mean_cell(mean));
    }
  }
  return rows;
}

std::vector<std::string> set_notes(const std::vector<SetResult>& results) {
  const auto said = [](const std::string& fact) { return fact.empty() ? "not stated" : fact; };
  std::vector<std::string> lines;
  for (const auto& set : results) {
    const std::string left_out =
        set.left_out == 0 ? ""
                          : fmt::format(
                                " {} lines that repeat a choice without its question were "
                                "left out.",
                                set.left_out);
    lines.push_back(fmt::format(
        "{}: task {}, {}-shot, {} items, split {}, licence {}, digest {}.{}", set.name, set.task,
        set.shots, set.items, said(set.split), said(set.licence), set.digest, left_out));
  }
  return lines;
}

}  // namespace btx
