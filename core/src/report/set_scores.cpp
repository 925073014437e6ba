#include "report/set_scores.hpp"

#include "recipe/value_access.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace btx {
namespace {

std::string text(const Value& table, const char* key) {
  return table.at(key).as<std::string>();
}

/// Shares of items read better in percent; bits and the like as they are.
bool is_share(const SetScore& score) {
  return !score.lower_is_better;
}

std::string cell(const SetScore& score) {
  const double factor = is_share(score) ? 100 : 1;
  return fmt::format("{:.{}f} ± {:.{}f}", factor * score.value, is_share(score) ? 1 : 4,
                     factor * score.standard_error, is_share(score) ? 1 : 4);
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
  return fmt::format("{:.1f} ± {:.1f}", 100 * mean.value, 100 * mean.standard_error);
}

/// The score of this name, or null; "" is the first.
const SetScore* find(const SetResult& set, const std::string& metric) {
  for (const auto& score : set.scores) {
    if (metric.empty() || score.metric == metric) return &score;
  }
  return nullptr;
}

/// The index of the model with the best score in a column.
std::size_t best_of(const std::vector<ModelSets>& models, std::size_t set,
                    const std::string& metric) {
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

std::vector<SetResult> set_results(const Value& scores) {
  std::vector<SetResult> results;
  for (const auto& set : scores.at("sets").as<Array>()) {
    SetResult result;
    result.name = text(set, "name");
    result.group = text(set, "group");
    result.task = text(set, "task");
    result.split = text(set, "split");
    result.licence = text(set, "licence");
    result.digest = text(set, "digest");
    result.items = set.at("items").as<std::int64_t>();
    result.shots = set.at("shots").as<std::int64_t>();
    for (const auto& score : scores.at("scores").as<Array>()) {
      const Value* name = score.find("set");
      if (name == nullptr || name->as<std::string>() != result.name) continue;
      result.scores.push_back({text(score, "metric"), number_of(score.at("value")),
                               number_of(score.at("standard_error")),
                               score.at("lower_is_better").as<bool>()});
    }
    results.push_back(std::move(result));
  }
  return results;
}

std::vector<SetMean> set_means(const std::vector<SetResult>& results) {
  std::vector<std::string> groups;
  std::vector<const SetResult*> all;
  for (const auto& set : results) {
    if (set.group.empty() || set.scores[0].lower_is_better) continue;
    all.push_back(&set);
    if (std::find(groups.begin(), groups.end(), set.group) == groups.end()) {
      groups.push_back(set.group);
    }
  }
  std::vector<SetMean> means;
  for (const auto& group : groups) {
    std::vector<const SetResult*> mine;
    std::copy_if(all.begin(), all.end(), std::back_inserter(mine),
                 [&](const SetResult* set) { return set->group == group; });
    means.push_back(mean_of_sets(group, mine));
  }
  if (!all.empty()) means.push_back(mean_of_sets("mean", all));
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
    lines.push_back(fmt::format("{}: task {}, {}-shot, {} items, split {}, licence {}, digest {}.",
                                set.name, set.task, set.shots, set.items, said(set.split),
                                said(set.licence), set.digest));
  }
  return lines;
}

}  // namespace btx
