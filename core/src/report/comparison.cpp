#include "report/comparison.hpp"

#include "config/config.hpp"
#include "pipeline/store.hpp"
#include "recipe/stage_names.hpp"
#include "report/train_summary.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace btx {
namespace {

std::size_t index_of(const std::vector<std::string>& items, const std::string& item) {
  return static_cast<std::size_t>(std::find(items.begin(), items.end(), item) - items.begin());
}

void add_scores(const std::vector<ScoreRow>& scores, Comparison& all, ModelRow& row) {
  for (const auto& score : scores) {
    if (!score.domain) continue;
    const std::size_t m = index_of(all.metrics, metric_name(score));
    if (m == all.metrics.size()) {
      all.metrics.push_back(metric_name(score));
      all.lower_is_better.push_back(score.lower_is_better);
      all.alike.push_back(true);
    }
    row.scores.resize(all.metrics.size(), std::vector<double>(all.domains.size(), std::nan("")));
    row.scores[m][index_of(all.domains, *score.domain)] = score.value;
  }
  for (const auto& values : row.scores) {
    row.means.push_back(std::accumulate(values.begin(), values.end(), 0.0) /
                        static_cast<double>(values.size()));
  }
}

std::vector<double> shares_of(std::vector<double> values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  for (auto& value : values) value = sum > 0 ? value / sum : 0;
  return values;
}

RoutingTable routing_table(const DomainRouting& routing) {
  RoutingTable table;
  table.domain = routing.domain;
  for (const auto& layer : routing.layers) {
    table.layers.push_back(layer.layer);
    table.slots.push_back(shares_of(layer.counts));
    table.weights.push_back(shares_of(layer.weights));
  }
  return table;
}

/// Adds `part` to a sum of shares at the same routing sites.
void add_shares(const std::vector<std::vector<double>>& part,
                std::vector<std::vector<double>>& sum) {
  sum.resize(part.size());
  for (std::size_t site = 0; site < part.size(); ++site) {
    sum[site].resize(part[site].size());
    for (std::size_t e = 0; e < part[site].size(); ++e) sum[site][e] += part[site][e];
  }
}

/// The mean over the sets of each group that has several, each set alike, as their scores' is.
std::vector<RoutingTable> group_routing(const ModelScores& scores,
                                        const std::vector<RoutingTable>& tables) {
  std::vector<RoutingTable> means;
  std::vector<double> counts;
  for (const auto& set : scores.sets) {
    const auto found = std::ranges::find(tables, set.name, &RoutingTable::domain);
    if (found == tables.end()) continue;
    for (const auto& group : set.groups) {
      const auto at = std::ranges::find(means, "mean of " + group, &RoutingTable::domain);
      const auto index = static_cast<std::size_t>(at - means.begin());
      if (at == means.end()) {
        means.push_back({"mean of " + group, found->layers, {}, {}});
        counts.push_back(0);
      }
      add_shares(found->slots, means[index].slots);
      add_shares(found->weights, means[index].weights);
      ++counts[index];
    }
  }
  std::vector<RoutingTable> kept;
  for (std::size_t i = 0; i < means.size(); ++i) {
    if (counts[i] < 2) continue;
    for (auto* shares : {&means[i].slots, &means[i].weights}) {
      for (auto& row : *shares) {
        for (auto& share : row) share /= counts[i];
      }
    }
    kept.push_back(std::move(means[i]));
  }
  return kept;
}

using FolderOf = std::function<fs::path(const std::string&)>;

/// Adds a training stage's cost; returns its seconds.
double add_cost(const std::string& stage, const FolderOf& folder_of, Cost& all) {
  const auto cost = read_config_file<TrainSummary>(folder_of("train/" + stage) / kTrainSummary);
  all.tokens += static_cast<double>(cost.tokens);
  all.flops += cost.flops;
  all.seconds += cost.seconds;
  return cost.seconds;
}

void add_cost(const std::vector<ImportedModel>& imported, Cost& all) {
  for (const auto& model : imported) {
    all.tokens += model.tokens;
    all.flops += model.flops;
  }
}

Cost cost_of(const ComparedModelStages& model, const FolderOf& folder_of) {
  Cost all;
  std::map<std::string, double> end;  // of each stage, begun as soon as it could be
  for (const auto& stage : model.training) {
    double begin = 0;
    for (const auto& other : stage.after) begin = std::max(begin, end[other]);
    end[stage.name] = begin + add_cost(stage.name, folder_of, all);
    all.wall = std::max(all.wall, end[stage.name]);
  }
  add_cost(model.imported, all);
  return all;
}

/// On what the model of an evaluation, and all that it is made from, was computed.
std::vector<std::string> computed(const fs::path& evaluation) {
  if (!fs::exists(evaluation / kManifest)) return {};
  return read_manifest(evaluation).rests_on;
}

/// What is the same for all models: which documents there are.
void add_documents(const ModelScores& scores, Comparison& all) {
  all.samples = scores.samples;
  if (scores.decontaminated) all.dropped = *scores.decontaminated;
}

[[noreturn]] void fail_other_items(const std::string& what, const std::string& first,
                                   const std::string& model) {
  throw Error(
      fmt::format("models '{}' and '{}' were scored on different {}, so that their scores "
                  "cannot stand in one table; run again with --verify",
                  first, model, what));
}

/// Models are compared on the same items or not at all.
void check_same_items(const ComparedModelStages& first, const ModelScores& of_first,
                      const ComparedModelStages& model, const ModelScores& scores) {
  const auto same = [](const SetFacts& a, const SetFacts& b) {
    return a.name == b.name && a.digest == b.digest && a.items == b.items;
  };
  if (!std::ranges::equal(of_first.sets, scores.sets, same)) {
    fail_other_items("evaluation sets", first.name, model.name);
  }
  const auto as_many = [](const ScoreRow& a, const ScoreRow& b) {
    return a.task == b.task && a.metric == b.metric && a.domain == b.domain && a.set == b.set &&
           a.denominator.size() == b.denominator.size();
  };
  if (!std::ranges::equal(of_first.scores, scores.scores, as_many)) {
    fail_other_items("documents or items", first.name, model.name);
  }
}

/// Notes metrics of which the models' documents have other denominators, as tokens of another
/// tokenizer.
void find_unlike(const ModelScores& of_first, const ModelScores& scores, Comparison& all) {
  for (std::size_t i = 0; i < scores.scores.size(); ++i) {
    const ScoreRow& score = scores.scores[i];
    if (!score.domain || of_first.scores[i].denominator == score.denominator) continue;
    all.alike[index_of(all.metrics, metric_name(score))] = false;
  }
}

ModelRow row_of(const ComparedModelStages& model, const ModelScores& scores,
                const FolderOf& folder_of, Comparison& all) {
  ModelRow row;
  row.name = model.name;
  row.parameters = scores.parameters;
  row.active_parameters = scores.active_parameters;
  for (const auto& expert : scores.experts) row.experts.push_back(expert.name);
  for (const auto& routing : scores.routing) row.routing.push_back(routing_table(routing));
  for (auto& mean : group_routing(scores, row.routing)) row.routing.push_back(std::move(mean));
  add_scores(scores.scores, all, row);
  row.sets = set_results(scores);
  if (all.models.empty()) add_documents(scores, all);
  row.causal_substitute = scores.causal_substitute.value_or("");
  row.draws = scores.draws;
  for (const auto& score : scores.scores) {
    if (score.primary) row.draw_error = std::max(row.draw_error, score.draw_error.value_or(0));
  }
  row.cost = cost_of(model, folder_of);
  row.computed = computed(folder_of(evaluate_stage(model.name)));
  for (const auto& imported : model.imported) {
    if (imported.flops == 0) row.unknown_costs.push_back(imported.name);
  }
  row.match = model.match;
  if (row.match == Match::none) return row;
  for (const auto& stage : model.matched) add_cost(stage, folder_of, row.matched);
  add_cost(model.matched_imports, row.matched);
  return row;
}

}  // namespace

bool Comparison::is_best(std::size_t metric, std::size_t domain, std::size_t model) const {
  if (!alike[metric]) return false;
  const auto value = [&](const ModelRow& row) {
    return domain == domains.size() ? row.means[metric] : row.scores[metric][domain];
  };
  std::size_t winner = 0;
  for (std::size_t i = 1; i < models.size(); ++i) {
    const bool better = lower_is_better[metric] ? value(models[i]) < value(models[winner])
                                                : value(models[i]) > value(models[winner]);
    if (better) winner = i;
  }
  return winner == model;
}

Comparison gather_comparison(const ComparedModels& compared, const FolderOf& folder_of) {
  Comparison all;
  all.title = compared.title;
  all.domains = compared.domains;
  ModelScores of_first;
  for (const auto& model : compared.models) {
    auto scores = read_config_file<ModelScores>(folder_of(evaluate_stage(model.name)) / kScores);
    const bool first = all.models.empty();
    if (!first) check_same_items(compared.models.front(), of_first, model, scores);
    all.models.push_back(row_of(model, scores, folder_of, all));
    if (!first) find_unlike(of_first, scores, all);
    if (first) of_first = std::move(scores);
  }
  return all;
}

}  // namespace btx
