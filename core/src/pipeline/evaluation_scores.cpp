#include "pipeline/evaluation_scores.hpp"

#include "model/layout.hpp"
#include "pipeline/merge_inputs.hpp"
#include "recipe/value_access.hpp"
#include "report/set_scores.hpp"
#include "report/statistics.hpp"

#include <cmath>

namespace btx {
namespace {

Value score_value(const EvaluationJob& job, const Score& score, bool first) {
  Value value;
  value.set("task", Value(job.task));
  value.set(job.is_set() ? "set" : "domain", Value(job.name));
  value.set("metric", Value(score.metric));
  value.set("primary", Value(first));
  value.set("value", Value(score.value));
  const double error = ratio_standard_error(score.numerator, score.denominator);
  if (!std::isnan(error)) value.set("standard_error", Value(error));
  value.set("lower_is_better", Value(score.lower_is_better));
  value.set("numerator", to_value(score.numerator));
  value.set("denominator", to_value(score.denominator));
  return value;
}

Value routing_value(const EvaluationJob& job, const std::vector<RoutingSite>& sites) {
  Array layers;
  for (std::size_t i = 0; i < job.counts.size(); ++i) {
    Value layer;
    layer.set("layer", Value(sites[i].name()));
    layer.set("counts", to_value(job.counts[i]));
    layers.push_back(std::move(layer));
  }
  Value value;
  value.set("domain", Value(job.name));
  value.set("layers", Value(std::move(layers)));
  return value;
}

/// Of the groups of sets, and of all that are in one.
Value mean_values(const Value& result) {
  Value means;
  for (const auto& mean : set_means(set_results(result))) {
    Value value;
    value.set("value", Value(mean.value));
    if (!std::isnan(mean.standard_error)) value.set("standard_error", Value(mean.standard_error));
    means.set(mean.name, std::move(value));
  }
  return means;
}

Array scores_of(const EvaluationJob& job, const std::vector<Answer>& answers) {
  Array values;
  const auto scores =
      job.component.call([&](const Task& t) { return t.score(job.input, job.requests, answers); });
  for (const auto& score : scores) values.push_back(score_value(job, score, values.empty()));
  return values;
}

}  // namespace

void write_scores(const fs::path& folder, const std::vector<EvaluationJob>& jobs,
                  const std::vector<std::vector<Answer>>& answers, const EvaluatedModel& model) {
  const auto sites = routing_sites(model.config);
  Array scores, sets, routing, experts;
  Value left_out, decontaminated;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const EvaluationJob& job = jobs[i];
    for (auto& score : scores_of(job, answers[i])) scores.push_back(std::move(score));
    if (!job.counts.empty()) routing.push_back(routing_value(job, sites));
    if (job.is_set()) {
      sets.push_back(job.set);
    } else {
      left_out.set(job.name, Value(job.left_out));
      if (!job.decontaminated.as<Table>().empty()) {
        decontaminated.set(job.name, job.decontaminated);
      }
    }
  }
  for (const auto& expert : model.config.experts) experts.push_back(to_value(expert));
  Value result;
  result.set("parameters", Value(model.parameters));
  result.set("active_parameters", Value(model.active_parameters));
  result.set("device", Value(model.device));
  result.set("dtype", Value(model.dtype));
  result.set("experts", Value(std::move(experts)));
  result.set("scores", Value(std::move(scores)));
  result.set("sets", Value(std::move(sets)));
  result.set("means", mean_values(result));
  result.set("left_out", std::move(left_out));
  if (!decontaminated.as<Table>().empty()) {
    result.set("decontaminated", std::move(decontaminated));
  }
  result.set("routing", Value(std::move(routing)));
  if (model.config.num_experts() > 0) {
    result.set("causal_substitute", Value(router_traits(model.config).causal_substitute));
  }
  write_file(folder / "scores.json", to_json(result) + "\n");
}

void write_answers(const fs::path& folder, const std::vector<EvaluationJob>& jobs,
                   const std::vector<std::vector<Answer>>& answers) {
  std::string lines;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto& rows = jobs[i].input.rows;
    for (std::size_t row = 0; row < rows.size() && rows.size() == answers[i].size(); ++row) {
      const Answer& answer = answers[i][row];
      Value line;
      line.set("set", Value(jobs[i].name));
      line.set("item", Value(rows[row].item));
      line.set("choice", Value(rows[row].choice));
      line.set("log_likelihood", Value(answer.log_likelihood));
      line.set("tokens", Value(answer.tokens));
      if (jobs[i].generates()) line.set("text", Value(answer.text));
      lines += to_json(line) + "\n";
    }
  }
  if (!lines.empty()) write_file(folder / "answers.jsonl", lines);
}

}  // namespace btx
