// The stages that score a model, or an ensemble of them.
#include "eval/decoder_text.hpp"
#include "eval/encode_request.hpp"
#include "eval/ensemble_score.hpp"
#include "eval/ensemble_text.hpp"
#include "eval/generate.hpp"
#include "eval/score.hpp"
#include "model/layout.hpp"
#include "model/load.hpp"
#include "pipeline/dev_loss.hpp"
#include "pipeline/ensemble_folder.hpp"
#include "pipeline/evaluation_jobs.hpp"
#include "pipeline/evaluation_scores.hpp"
#include "pipeline/merge_inputs.hpp"
#include "recipe/config.hpp"
#include "recipe/value_access.hpp"
#include "report/progress.hpp"

#include "tokenizer/tokenizer.hpp"

namespace btx {
namespace {

LoadedModel load(const StageContext& context, const fs::path& folder) {
  const auto engine = read_config<EngineConfig>(context.config.at("engine"), "[engine]");
  return load_model(ModelFolder(folder), engine, {});
}

ScoreConfig score_config(const StageContext& context, const ModelConfig& model) {
  const auto window = context.config.at("window").as<std::int64_t>();
  return {window == 0 ? model.context : window, context.config.at("batch_size").as<std::int64_t>()};
}

/// Refuses what a later job asks too much of before the first is begun.
void check_lengths(const std::vector<EvaluationJob>& jobs, const Tokenizer& tokenizer,
                   const ModelConfig& model, std::int64_t window) {
  for (const auto& job : jobs) {
    for (const auto& request : job.requests) {
      if (request.max_tokens > 0) prompt_room(request, model.context);
      const bool long_text = std::ssize(request.continuation) >= window;
      const bool blank = request.context.find_first_not_of(" \t\n\v\f\r") == std::string::npos;
      if (request.context.empty() || request.continuation.empty() || !(long_text || blank))
        continue;
      EncodedRequest encoded = encode_request(tokenizer, request);
      fit_window(encoded, request.place, window);
    }
  }
}

/// Scores every job's continuations with a model.
void score_jobs(const StageContext& context, const LoadedModel& model, const Tokenizer& tokenizer,
                std::vector<EvaluationJob>& jobs, Progress& progress) {
  const bool mixture = model.config.num_experts() > 0;
  for (auto& job : jobs) {
    job.losses.push_back(token_losses(*model.decoder, tokenizer, job.requests,
                                      score_config(context, model.config),
                                      mixture ? &job.counts : nullptr));
    progress.advance(job.name);
  }
}

/// Lets a model, or an ensemble, write what the jobs ask for.
void write_texts(const StageContext& context, NextToken& text, const ModelConfig& model,
                 const Tokenizer& tokenizer, std::vector<EvaluationJob>& jobs, Progress& progress) {
  GenerateConfig config;
  config.ends = text_ends(model, tokenizer);
  config.batch_size = context.config.at("batch_size").as<std::int64_t>();
  for (auto& job : jobs) {
    if (!job.generates()) continue;
    job.texts = generate(text, tokenizer, job.requests, config);
    progress.advance(job.name);
  }
}

std::int64_t count_generating(const std::vector<EvaluationJob>& jobs) {
  return std::count_if(jobs.begin(), jobs.end(), [](const auto& job) { return job.generates(); });
}

void finish(const StageContext& context, const std::vector<EvaluationJob>& jobs,
            const std::vector<std::vector<Answer>>& answers, EvaluatedModel model) {
  const Value& engine = context.config.at("engine");
  model.device = engine.at("device").as<std::string>();
  model.dtype = engine.at("dtype").as<std::string>();
  write_answers(context.output, jobs, answers);
  write_scores(context.output, jobs, answers, model);
}

void take_texts(const EvaluationJob& job, std::vector<Answer>& answers) {
  for (std::size_t i = 0; i < job.texts.size(); ++i) answers[i].text = job.texts[i];
}

/// What the members write together; all of them are in memory at once.
void write_ensemble_texts(const StageContext& context, const EnsembleFolder& ensemble,
                          const Tokenizer& tokenizer, std::vector<EvaluationJob>& jobs,
                          Progress& progress) {
  std::vector<LoadedModel> models;
  std::vector<std::unique_ptr<NextToken>> members;
  for (const auto& member : ensemble.members) {
    models.push_back(load(context, context.input("member/" + member.name)));
    members.push_back(std::make_unique<DecoderText>(*models.back().decoder));
  }
  EnsembleText text(ensemble.component, tokenizer, std::move(members));
  write_texts(context, text, models.front().config, tokenizer, jobs, progress);
}

void evaluate_ensemble(const StageContext& context, const EnsembleFolder& ensemble) {
  const auto tokenizer = Tokenizer::load(context.input("model"));
  auto jobs = evaluation_jobs(context);
  const ModelFolder first(context.input("member/" + ensemble.members.front().name));
  check_lengths(jobs, tokenizer, first.config(), score_config(context, first.config()).window);
  const std::int64_t written = count_generating(jobs);
  Progress progress(context.name, std::ssize(jobs) * std::ssize(ensemble.members) + written);
  EvaluatedModel evaluated;
  for (const auto& member : ensemble.members) {
    const LoadedModel model = load(context, context.input("member/" + member.name));
    score_jobs(context, model, tokenizer, jobs, progress);
    evaluated.config = model.config;
    for (auto& job : jobs) job.counts.clear();
  }
  if (written > 0) write_ensemble_texts(context, ensemble, tokenizer, jobs, progress);
  std::vector<std::vector<Answer>> answers;
  double tokens = 0;
  double member_tokens = 0;
  for (const auto& job : jobs) {
    EnsembleAnswers mine = score_ensemble(ensemble.component, tokenizer, job.requests, job.losses);
    answers.push_back(std::move(mine.answers));
    take_texts(job, answers.back());
    tokens += mine.tokens;
    member_tokens += mine.member_tokens;
  }
  ModelConfig& model = evaluated.config;
  evaluated.parameters = count_parameters(model) * std::ssize(ensemble.members);
  evaluated.active_parameters = count_active_parameters(model, experts_per_token(model)) *
                                member_tokens / std::max(1.0, tokens);
  model.experts.clear();
  model.mixture.clear();
  finish(context, jobs, answers, std::move(evaluated));
}

void run_evaluate(const StageContext& context) {
  const fs::path folder = context.input("model");
  if (is_ensemble(folder)) {
    evaluate_ensemble(context, read_ensemble(folder));
    return;
  }
  const auto tokenizer = Tokenizer::load(folder);
  auto jobs = evaluation_jobs(context);
  const LoadedModel model = load(context, folder);
  check_lengths(jobs, tokenizer, model.config, score_config(context, model.config).window);
  Progress progress(context.name, std::ssize(jobs) + count_generating(jobs));
  score_jobs(context, model, tokenizer, jobs, progress);
  DecoderText text(*model.decoder);
  write_texts(context, text, model.config, tokenizer, jobs, progress);
  std::vector<std::vector<Answer>> answers;
  for (const auto& job : jobs) {
    answers.push_back(answers_of(job.losses.front()));
    take_texts(job, answers.back());
  }
  finish(context, jobs, answers,
         {model.config, count_parameters(model.config),
          count_active_parameters(model.config, experts_per_token(model.config))});
}

void run_dev_loss(const StageContext& context) {
  const fs::path folder = context.input("model");
  const LoadedModel model = load(context, folder);
  const auto tokenizer = Tokenizer::load(folder);
  DevLoss all;
  const TextHashes trained = trained_texts(context);
  for (const auto& domain : strings_of(context.config.at("domains"))) {
    std::vector<Request> requests;
    for (auto& document : held_out(context, domain, Split::dev, trained)) {
      requests.push_back({"", std::move(document.text)});
    }
    const auto answers =
        score(*model.decoder, tokenizer, requests, score_config(context, model.config));
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
