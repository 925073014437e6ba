#include "report/comparison.hpp"

#include "recipe/value_access.hpp"

#include <btx/error.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace btx {
namespace {

double number(const Value& table, const char* key) {
  return number_of(table.at(key));
}
std::string text(const Value& table, const char* key) {
  return table.at(key).as<std::string>();
}

Value read_json(const fs::path& file) {
  return from_json(read_file(file), file.string());
}

std::size_t index_of(const std::vector<std::string>& items, const std::string& item) {
  return static_cast<std::size_t>(std::find(items.begin(), items.end(), item) - items.begin());
}

void add_scores(const Value& scores, Comparison& all, ModelRow& row) {
  for (const auto& score : scores.as<Array>()) {
    if (score.find("set") != nullptr) continue;
    const std::string metric = text(score, "metric");
    const std::size_t m = index_of(all.metrics, metric);
    if (m == all.metrics.size()) {
      all.metrics.push_back(metric);
      all.lower_is_better.push_back(score.at("lower_is_better").as<bool>());
    }
    row.scores.resize(all.metrics.size(), std::vector<double>(all.domains.size(), std::nan("")));
    row.scores[m][index_of(all.domains, text(score, "domain"))] = number(score, "value");
  }
  for (const auto& values : row.scores) {
    row.means.push_back(std::accumulate(values.begin(), values.end(), 0.0) /
                        static_cast<double>(values.size()));
  }
}

RoutingTable routing_from(const Value& value) {
  RoutingTable table;
  table.domain = text(value, "domain");
  for (const auto& layer : value.at("layers").as<Array>()) {
    table.layers.push_back(layer.at("layer").as<std::string>());
    auto& shares = table.shares.emplace_back();
    for (const auto& count : layer.at("counts").as<Array>()) shares.push_back(number_of(count));
    const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
    for (auto& share : shares) share = sum > 0 ? share / sum : 0;
  }
  return table;
}

Cost cost_of(const Value& training, const std::function<fs::path(const std::string&)>& folder_of) {
  Cost all;
  for (const auto& stage : training.as<Array>()) {
    const Value cost = read_json(folder_of("train/" + stage.as<std::string>()) / "train.json");
    all.tokens += number(cost, "tokens");
    all.flops += number(cost, "flops");
    all.seconds += number(cost, "seconds");
  }
  return all;
}

}  // namespace

std::size_t Comparison::best(std::size_t metric, std::size_t domain) const {
  const auto value = [&](const ModelRow& row) {
    return domain == domains.size() ? row.means[metric] : row.scores[metric][domain];
  };
  std::size_t winner = 0;
  for (std::size_t i = 1; i < models.size(); ++i) {
    const bool better = lower_is_better[metric] ? value(models[i]) < value(models[winner])
                                                : value(models[i]) > value(models[winner]);
    if (better) winner = i;
  }
  return winner;
}

Comparison gather_comparison(const Value& config,
                             const std::function<fs::path(const std::string&)>& folder_of) {
  Comparison all;
  all.title = text(config, "title");
  for (const auto& domain : config.at("domains").as<Array>()) {
    all.domains.push_back(domain.as<std::string>());
  }
  for (const auto& model : config.at("models").as<Array>()) {
    ModelRow row;
    row.name = text(model, "name");
    const Value scores = read_json(folder_of("evaluate/" + row.name) / "scores.json");
    row.parameters = scores.at("parameters").as<std::int64_t>();
    row.active_parameters = number(scores, "active_parameters");
    for (const auto& expert : scores.at("experts").as<Array>()) {
      row.experts.push_back(text(expert, "name"));
    }
    for (const auto& routing : scores.at("routing").as<Array>()) {
      row.routing.push_back(routing_from(routing));
    }
    add_scores(scores.at("scores"), all, row);
    row.sets = set_results(scores);
    if (all.models.empty()) {
      for (const auto& [domain, count, source] : scores.at("left_out").as<Table>()) {
        if (count.as<std::int64_t>() > 0) {
          all.left_out.emplace_back(domain, count.as<std::int64_t>());
        }
      }
      all.dropped = dropped_texts(scores);
    }
    if (const Value* substitute = scores.find("causal_substitute")) {
      row.causal_substitute = substitute->as<std::string>();
    }
    row.cost = cost_of(model.at("training"), folder_of);
    row.match = text(model, "match");
    if (row.match != "none") row.matched = cost_of(model.at("matched"), folder_of);
    all.models.push_back(std::move(row));
  }
  return all;
}

}  // namespace btx
