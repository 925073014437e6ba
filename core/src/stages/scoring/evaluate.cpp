#include "stages/scoring/evaluate.hpp"

#include "base/progress.hpp"
#include "eval/encode_request.hpp"
#include "eval/ensemble/ensemble_members.hpp"
#include "eval/ensemble/ensemble_score.hpp"
#include "eval/generation/decoder_text.hpp"
#include "eval/generation/generate.hpp"
#include "eval/generation/prompt_room.hpp"
#include "eval/score.hpp"
#include "model/load.hpp"
#include "model_spec/costs.hpp"
#include "model_spec/router_info.hpp"
#include "stages/scoring/evaluation_scores.hpp"
#include "tokenizer/tokenizer.hpp"

#include <btx/random.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace btx {
namespace {

/// What one run of the stage works on.
struct Evaluation {
  const EvaluateWork& work;
  const StageContext& context;
  Tokenizer tokenizer;
  std::vector<EvaluationJob> jobs;

  std::int64_t draws() const { return std::max<std::int64_t>(1, work.draws); }
  /// Seed of what the model's router draws.
  std::uint64_t random_seed(std::int64_t draw) const {
    return random_key(static_cast<std::uint64_t>(work.seed), fmt::format("draw/{}", draw));
  }
  ScoreConfig score_config(const ModelConfig& model, std::int64_t draw = 0) const {
    const ScoringSettings& s = work.scoring;
    return {s.window == 0 ? model.context : s.window, s.batch_size, random_seed(draw)};
  }
  std::int64_t generating() const {
    return std::ranges::count_if(jobs, [](const auto& job) { return job.generates(); });
  }
  LoadedModel load(const fs::path& folder) const {
    const ModelFolder model(folder);
    check_scorable(model.config(), folder.string());
    return load_model(model, work.scoring.engine, {});
  }
};

/// Refuses what a later job asks too much of before the first is begun.
void check_lengths(const Evaluation& e, const ModelConfig& model) {
  const std::int64_t window = e.score_config(model).window;
  for (const auto& job : e.jobs) {
    for (const auto& request : job.requests) {
      if (request.max_tokens > 0) prompt_room(request, model.context);
      const bool long_text = std::ssize(request.continuation) >= window;
      const bool blank = request.context.find_first_not_of(" \t\n\v\f\r") == std::string::npos;
      if (request.context.empty() || request.continuation.empty() || !(long_text || blank))
        continue;
      EncodedRequest encoded = encode_request(e.tokenizer, request);
      fit_window(encoded, request.place, window);
    }
  }
}

/// Scores every job's continuations with a model. Routing is counted where nothing is written: what
/// is written goes through the model with its prompt once more.
void score_jobs(Evaluation& e, const LoadedModel& model, Progress& progress,
                std::int64_t draw = 0) {
  const bool mixture = model.config.num_experts() > 0;
  for (auto& job : e.jobs) {
    job.losses.push_back(token_losses(*model.decoder, e.tokenizer, job.requests,
                                      e.score_config(model.config, draw),
                                      mixture && !job.generates() ? &job.counts : nullptr));
    progress.advance(job.name);
  }
}

/// Lets a model, or an ensemble, write what the jobs ask for.
/// `begin` is called before the texts of each job.
void write_texts(Evaluation& e, NextToken& text, const fs::path& folder, const ModelConfig& model,
                 Progress& progress, const std::function<void(EvaluationJob&)>& begin) {
  GenerateConfig config;
  config.ends = text_ends(folder, model, e.tokenizer);
  config.batch_size = e.work.scoring.batch_size;
  for (auto& job : e.jobs) {
    if (!job.generates()) continue;
    begin(job);
    job.texts = generate(text, e.tokenizer, job.requests, config);
    progress.advance(job.name);
  }
}

void finish(const Evaluation& e, const std::vector<JobAnswers>& draws, EvaluatedModel model) {
  model.engine = e.work.scoring.engine;
  write_answers(e.context.output, e.jobs, draws.front());
  write_scores(e.context.output, e.jobs, draws, model);
}

void take_texts(const EvaluationJob& job, std::vector<Answer>& answers) {
  for (std::size_t i = 0; i < job.texts.size(); ++i) answers[i].text = job.texts[i];
}

std::vector<fs::path> member_folders(const StageContext& context, const EnsembleFolder& ensemble) {
  std::vector<fs::path> folders;
  for (const auto& member : ensemble.members) {
    folders.push_back(context.input("member/" + member.name));
  }
  return folders;
}

void evaluate_ensemble(Evaluation& e, const EnsembleFolder& ensemble) {
  const auto folders = member_folders(e.context, ensemble);
  check_lengths(e, ModelFolder(folders.front()).config());
  Progress progress(e.context.name, std::ssize(e.jobs) * std::ssize(folders) + e.generating());
  EvaluatedModel evaluated;
  const bool by_contexts =
      ensemble.component.call([](const Ensemble& m) { return m.needs_log_probabilities(); });
  for (const auto& folder : folders) {
    const LoadedModel model = e.load(folder);
    for (auto& job : e.jobs) {
      if (!by_contexts) break;
      job.contexts.emplace_back(*model.decoder, e.tokenizer, job.requests,
                                e.score_config(model.config));
    }
    score_jobs(e, model, progress);
    evaluated.config = model.config;
    for (auto& job : e.jobs) job.counts = {};
  }
  if (e.generating() > 0) {
    EnsembleMembers members(ensemble, e.tokenizer, folders, e.work.scoring.engine,
                            e.random_seed(0));
    write_texts(e, members.text(), folders.front(), members.config(), progress,
                [&](EvaluationJob& job) { members.text().set_domain(job.prior_from()); });
  }
  std::vector<std::vector<Answer>> answers;
  double tokens = 0;
  double member_tokens = 0;
  for (const auto& job : e.jobs) {
    EnsembleAnswers mine = score_ensemble(ensemble.component, e.tokenizer, job.requests,
                                          {job.losses, job.contexts}, job.prior_from());
    answers.push_back(std::move(mine.answers));
    take_texts(job, answers.back());
    tokens += mine.tokens;
    member_tokens += mine.member_tokens;
  }
  ModelConfig& model = evaluated.config;
  evaluated.parameters = count_parameters(model) * std::ssize(folders);
  evaluated.active_parameters = count_active_parameters(model, experts_per_token(model)) *
                                member_tokens / std::max(1.0, tokens);
  model.experts.clear();
  model.mixture.clear();
  finish(e, {answers}, std::move(evaluated));
}

/// Experts that a token ran through in all that was scored and generated; 1 for a dense model.
double experts_counted(const Evaluation& e, const ModelConfig& model) {
  if (model.num_experts() == 0) return 1;
  double tokens = 0;
  double experts = 0;
  for (const auto& job : e.jobs) {
    tokens += job.counts.tokens;
    experts += job.counts.tokens * job.counts.experts_per_token();
  }
  return tokens > 0 ? experts / tokens : experts_per_token(model);
}

/// Scores and writes everything once.
JobAnswers one_draw(Evaluation& e, const LoadedModel& model, std::int64_t draw,
                    Progress& progress) {
  for (auto& job : e.jobs) job.losses.clear();
  score_jobs(e, model, progress, draw);
  ExpertCounts* counts = nullptr;
  DecoderText::Observer observer;
  if (model.config.num_experts() > 0) {
    observer = [&](const ForwardPass& pass, const at::Tensor& texts) {
      counts->add(pass, texts, model.config.num_experts());
    };
  }
  DecoderText text(*model.decoder, observer, e.random_seed(draw));
  write_texts(e, text, e.context.input("model"), model.config, progress,
              [&](EvaluationJob& job) { counts = &job.counts; });
  JobAnswers answers;
  for (const auto& job : e.jobs) {
    answers.push_back(answers_of(job.losses.front()));
    take_texts(job, answers.back());
  }
  return answers;
}

void evaluate_model(Evaluation& e) {
  const LoadedModel model = e.load(e.context.input("model"));
  check_lengths(e, model.config);
  Progress progress(e.context.name, e.draws() * (std::ssize(e.jobs) + e.generating()));
  std::vector<JobAnswers> draws;
  for (std::int64_t draw = 0; draw < e.draws(); ++draw) {
    draws.push_back(one_draw(e, model, draw, progress));
  }
  const double experts = experts_counted(e, model.config);
  finish(e, draws,
         {model.config, count_parameters(model.config),
          count_active_parameters(model.config, experts), experts});
}

}  // namespace

void run(const EvaluateWork& work, const StageContext& context) {
  const fs::path folder = context.input("model");
  Evaluation evaluation{work, context, Tokenizer::load(folder), evaluation_jobs(work, context)};
  if (is_ensemble(folder)) {
    evaluate_ensemble(evaluation, read_ensemble(folder));
  } else {
    evaluate_model(evaluation);
  }
}

}  // namespace btx
