// The stages that score a model, or an ensemble of them, on held-out text.
#include "data/documents.hpp"
#include "eval/ensemble_score.hpp"
#include "eval/score.hpp"
#include "model/layout.hpp"
#include "model/load.hpp"
#include "pipeline/dev_loss.hpp"
#include "pipeline/ensemble_folder.hpp"
#include "pipeline/merge_inputs.hpp"
#include "pipeline/stage_context.hpp"
#include "recipe/config.hpp"
#include "recipe/value_access.hpp"
#include "report/progress.hpp"

#include "base/text.hpp"
#include "tokenizer/tokenizer.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {
namespace {

/// One task on one domain, with the losses of every model that answers it.
struct Job {
  std::string domain, task;
  Component<Task> component;
  TaskInput input;
  std::vector<Request> requests;
  std::vector<std::vector<std::vector<double>>> losses;  ///< [model][request][token]
  ExpertCounts counts;
  std::int64_t left_out = 0;  ///< test documents that some domain trains on
};

/// Of every text that some domain trains on.
TextHashes trained_texts(const StageContext& context) {
  TextHashes trained;
  for (const auto& domain : strings_of(context.config.at("domains"))) {
    add_train_hashes(context.input("documents/" + domain), trained);
  }
  return trained;
}

/// Held-out documents; not those whose text is among `trained`.
std::vector<Document> documents_of(const StageContext& context, const std::string& domain,
                                   Split split, const TextHashes& trained,
                                   std::int64_t* left_out = nullptr) {
  return documents_within(
      context.input("documents/" + domain), split,
      static_cast<std::size_t>(context.config.at("max_bytes").as<std::int64_t>()), trained,
      left_out);
}

std::vector<Job> jobs_of(const StageContext& context) {
  std::vector<Job> jobs;
  const TextHashes trained = trained_texts(context);
  for (const auto& domain : strings_of(context.config.at("domains"))) {
    std::int64_t left_out = 0;
    const TaskInput input{
        domain, documents_of(context, domain, Split::test, trained, &left_out), {}};
    if (input.documents.empty()) {
      throw Error(
          fmt::format("domain '{}': the text of each of its {} test documents is in the "
                      "train documents of another domain too, so that nothing is held out; "
                      "take one of the two out of [data]",
                      domain, left_out));
    }
    for (const auto& [name, params, source] : context.config.at("tasks").as<Table>()) {
      Job job{domain, name, make_component<Task>(name, params), input, {}, {}, {}, left_out};
      job.requests = job.component.call([&](const Task& t) { return t.requests(job.input); });
      jobs.push_back(std::move(job));
    }
  }
  return jobs;
}

ScoreConfig score_config(const StageContext& context) {
  ScoreConfig config;
  config.window = context.config.at("window").as<std::int64_t>();
  config.batch_size = context.config.at("batch_size").as<std::int64_t>();
  return config;
}

/// Runs every job on the model in `folder`. Returns the model's configuration.
ModelConfig run_model(const StageContext& context, const fs::path& folder,
                      const Tokenizer& tokenizer, std::vector<Job>& jobs, Progress& progress,
                      std::int64_t& done, std::int64_t total) {
  const auto engine = read_config<EngineConfig>(context.config.at("engine"), "[engine]");
  const LoadedModel model = load_model(ModelFolder(folder), engine, {});
  const bool mixture = model.config.num_experts() > 0;
  for (auto& job : jobs) {
    job.losses.push_back(token_losses(*model.decoder, tokenizer, job.requests,
                                      score_config(context), mixture ? &job.counts : nullptr));
    ++done;
    progress.update(done, job.domain, done == total);
  }
  return model.config;
}

Value score_value(const Job& job, const Score& score) {
  Value value;
  value.set("task", Value(job.task));
  value.set("domain", Value(job.domain));
  value.set("metric", Value(score.metric));
  value.set("value", Value(score.value));
  value.set("lower_is_better", Value(score.lower_is_better));
  value.set("numerator", to_value(score.numerator));
  value.set("denominator", to_value(score.denominator));
  return value;
}

Value routing_value(const Job& job, const std::vector<RoutingSite>& sites) {
  Array layers;
  for (std::size_t i = 0; i < job.counts.size(); ++i) {
    Value layer;
    layer.set("layer", Value(sites[i].name()));
    layer.set("counts", to_value(job.counts[i]));
    layers.push_back(std::move(layer));
  }
  Value value;
  value.set("domain", Value(job.domain));
  value.set("layers", Value(std::move(layers)));
  return value;
}

void write_scores(const StageContext& context, const std::vector<Job>& jobs,
                  const std::vector<std::vector<Answer>>& answers, const ModelConfig& model,
                  std::int64_t parameters, double active_parameters) {
  const auto sites = routing_sites(model);
  Array scores, routing, experts;
  Value left_out;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Job& job = jobs[i];
    for (const auto& score : job.component.call(
             [&](const Task& t) { return t.score(job.input, job.requests, answers[i]); })) {
      scores.push_back(score_value(job, score));
    }
    if (!job.counts.empty()) routing.push_back(routing_value(job, sites));
    left_out.set(job.domain, Value(job.left_out));
  }
  for (const auto& expert : model.experts) experts.push_back(to_value(expert));
  Value result;
  result.set("parameters", Value(parameters));
  result.set("active_parameters", Value(active_parameters));
  result.set("experts", Value(std::move(experts)));
  result.set("scores", Value(std::move(scores)));
  result.set("left_out", std::move(left_out));
  result.set("routing", Value(std::move(routing)));
  if (model.num_experts() > 0) {
    result.set("causal_substitute", Value(router_traits(model).causal_substitute));
  }
  write_file(context.output / "scores.json", to_json(result) + "\n");
}

void evaluate_ensemble(const StageContext& context, const EnsembleFolder& ensemble) {
  const auto tokenizer = Tokenizer::load(context.input("model"));
  std::vector<Job> jobs = jobs_of(context);
  const auto total = static_cast<std::int64_t>(jobs.size() * ensemble.members.size());
  Progress progress(context.name, total);
  std::int64_t done = 0;
  ModelConfig model;
  for (const auto& member : ensemble.members) {
    model = run_model(context, context.input("member/" + member.name), tokenizer, jobs, progress,
                      done, total);
    for (auto& job : jobs) job.counts.clear();
  }
  std::vector<std::vector<Answer>> answers;
  double tokens = 0;
  double member_tokens = 0;
  for (const auto& job : jobs) {
    EnsembleAnswers mine = score_ensemble(ensemble.component, tokenizer, job.requests, job.losses);
    answers.push_back(std::move(mine.answers));
    tokens += mine.tokens;
    member_tokens += mine.member_tokens;
  }
  const std::int64_t one = count_parameters(model);
  const double active = count_active_parameters(model, experts_per_token(model));
  model.experts.clear();
  model.mixture.clear();
  write_scores(context, jobs, answers, model,
               one * static_cast<std::int64_t>(ensemble.members.size()),
               active * member_tokens / std::max(1.0, tokens));
}

void run_evaluate(const StageContext& context) {
  const fs::path folder = context.input("model");
  if (is_ensemble(folder)) {
    evaluate_ensemble(context, read_ensemble(folder));
    return;
  }
  const auto tokenizer = Tokenizer::load(folder);
  std::vector<Job> jobs = jobs_of(context);
  const auto total = static_cast<std::int64_t>(jobs.size());
  Progress progress(context.name, total);
  std::int64_t done = 0;
  const ModelConfig model = run_model(context, folder, tokenizer, jobs, progress, done, total);
  std::vector<std::vector<Answer>> answers;
  for (const auto& job : jobs) answers.push_back(answers_of(job.losses.front()));
  write_scores(context, jobs, answers, model, count_parameters(model),
               count_active_parameters(model, experts_per_token(model)));
}

void run_dev_loss(const StageContext& context) {
  const fs::path folder = context.input("model");
  const auto engine = read_config<EngineConfig>(context.config.at("engine"), "[engine]");
  const LoadedModel model = load_model(ModelFolder(folder), engine, {});
  const auto tokenizer = Tokenizer::load(folder);
  DevLoss all;
  const TextHashes trained = trained_texts(context);
  for (const auto& domain : strings_of(context.config.at("domains"))) {
    std::vector<Request> requests;
    for (auto& document : documents_of(context, domain, Split::dev, trained)) {
      requests.push_back({"", std::move(document.text), 0, {}});
    }
    const auto answers = score(*model.decoder, tokenizer, requests, score_config(context));
    for (const auto& answer : answers) {
      all.domains[domain].nats.push_back(-answer.log_likelihood);
      all.domains[domain].tokens.push_back(static_cast<double>(answer.tokens));
    }
  }
  write_dev_loss(all, context.output);
}

/// Runs when the library is opened, which open_core() does on purpose for this.
const bool kRegistered = [] {
  stage_functions()["evaluate"] = run_evaluate;
  stage_functions()["dev_loss"] = run_dev_loss;
  return true;
}();

}  // namespace
}  // namespace btx
