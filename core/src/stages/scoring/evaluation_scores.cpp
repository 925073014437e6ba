#include "stages/scoring/evaluation_scores.hpp"

#include "base/hash.hpp"
#include "config/config.hpp"
#include "model_spec/router_info.hpp"
#include "report/set_scores.hpp"
#include "report/statistics.hpp"

#include <cmath>

namespace btx {
namespace {

std::optional<double> if_number(double value) {
  return std::isnan(value) ? std::nullopt : std::optional<double>(value);
}

/// Means over draws of the items' numerators; the denominators are the same in all.
Score mean_of_draws(const std::vector<std::vector<Score>>& draws, std::size_t metric) {
  Score mean = draws.front()[metric];
  for (std::size_t draw = 1; draw < draws.size(); ++draw) {
    const auto& other = draws[draw][metric].numerator;
    for (std::size_t i = 0; i < other.size(); ++i) mean.numerator[i] += other[i];
  }
  for (double& numerator : mean.numerator) numerator /= static_cast<double>(draws.size());
  if (draws.size() == 1) return mean;
  mean.value = 0;
  for (const auto& draw : draws) mean.value += draw[metric].value;
  mean.value /= static_cast<double>(draws.size());
  return mean;
}

/// The standard error of a mean over draws, of the draws alone; nothing for one.
std::optional<double> draw_error(const std::vector<std::vector<Score>>& draws, std::size_t metric) {
  if (draws.size() < 2) return std::nullopt;
  std::vector<double> values;
  for (const auto& draw : draws) values.push_back(draw[metric].value);
  return standard_deviation(values) / std::sqrt(static_cast<double>(draws.size()));
}

/// `draws`: the answers to the job's requests, draw by draw.
void add_scores(const EvaluationJob& job, const std::vector<const std::vector<Answer>*>& draws,
                ModelScores& result) {
  std::vector<std::vector<Score>> all;
  for (const auto* answers : draws) {
    all.push_back(job.component.call(
        [&](const Task& t) { return t.score(job.input, job.requests, *answers); }));
  }
  for (std::size_t i = 0; i < all.front().size(); ++i) {
    const Score score = mean_of_draws(all, i);
    ScoreRow row;
    row.task = job.task;
    row.metric = score.metric;
    (job.is_eval_set() ? row.set : row.domain) = job.name;
    row.primary = i == 0;
    row.value = score.value;
    row.standard_error = if_number(ratio_standard_error(score.numerator, score.denominator));
    row.draw_error = draw_error(all, i);
    row.lower_is_better = score.lower_is_better;
    row.numerator = score.numerator;
    row.denominator = score.denominator;
    result.scores.push_back(std::move(row));
  }
}

DomainRouting routing_of(const EvaluationJob& job, const std::vector<RoutingSite>& sites) {
  DomainRouting routing{job.name, job.counts.tokens, {}};
  for (std::size_t i = 0; i < job.counts.sites.size(); ++i) {
    const SiteCounts& counts = job.counts.sites[i];
    routing.layers.push_back({sites[i].name(), counts.slots, counts.weights});
  }
  return routing;
}

std::string digest_of(const std::vector<Document>& documents) {
  std::string all;
  for (const auto& document : documents) all += digest(document.text);
  return digest(all);
}

/// What is known of the job's documents or items beside their scores.
void add_facts(const EvaluationJob& job, ModelScores& result) {
  if (job.set) {
    result.sets.push_back(*job.set);
    return;
  }
  const SampleSize& s = job.sample;
  result.samples[job.name] = {s.documents, s.all_documents, s.bytes,
                              s.all_bytes, s.left_out,      digest_of(job.input.documents)};
  if (!job.decontaminated) return;
  if (!result.decontaminated) result.decontaminated.emplace();
  (*result.decontaminated)[job.name] = *job.decontaminated;
}

}  // namespace

void write_scores(const fs::path& folder, const std::vector<EvaluationJob>& jobs,
                  const std::vector<JobAnswers>& draws, const EvaluatedModel& model) {
  const auto sites = routing_sites(model.config);
  ModelScores result;
  result.parameters = model.parameters;
  result.active_parameters = model.active_parameters;
  result.experts_per_token = model.experts_per_token;
  result.draws = std::ssize(draws);
  result.device = name_of(model.engine.device);
  result.dtype = name_of(model.engine.dtype);
  for (const auto& e : model.config.experts) result.experts.push_back({e.name, e.domain, e.group});
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    std::vector<const std::vector<Answer>*> answers;
    for (const auto& draw : draws) answers.push_back(&draw[i]);
    add_scores(jobs[i], answers, result);
    if (jobs[i].counts.tokens > 0) result.routing.push_back(routing_of(jobs[i], sites));
    add_facts(jobs[i], result);
  }
  for (const auto& mean : set_means(set_results(result))) {
    result.means[mean.name] = {mean.value, if_number(mean.standard_error)};
  }
  if (model.config.num_experts() > 0) {
    result.causal_substitute = router_traits(model.config).causal_substitute;
  }
  write_file(folder / kScores, to_json(write_config(result)) + "\n");
}

void write_answers(const fs::path& folder, const std::vector<EvaluationJob>& jobs,
                   const JobAnswers& answers) {
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
