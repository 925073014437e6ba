#include "stages/scoring/evaluation_jobs.hpp"

#include "config/config.hpp"
#include "recipe/stage_names.hpp"

#include <algorithm>

namespace btx {
namespace {

EvaluationJob job_of(const std::string& name, const std::string& task, const Value& params,
                     TaskInput input) {
  EvaluationJob job{name, task, make_component<Task>(task, params), std::move(input), {}};
  job.requests = requests_of(job.component, job.input);
  return job;
}

/// Nothing if the documents were not decontaminated.
std::optional<DroppedText> dropped_text(const fs::path& folder) {
  const fs::path file = folder / "documents.json";
  const Value summary = from_json(read_file(file), file.string());
  const Value* dropped = summary.find("decontaminated");
  if (dropped == nullptr) return std::nullopt;
  return read_config<DroppedText>(*dropped, file.string());
}

void add_domain(const EvaluateWork& work, const StageContext& context, const std::string& domain,
                const TextHashes& trained, std::vector<EvaluationJob>& jobs) {
  auto sample = held_out(context, domain, Split::test, work.scoring.max_bytes, trained);
  const TaskInput input{domain, std::move(sample.documents)};
  if (input.documents.empty()) fail_nothing_held_out(domain, sample.size.left_out);
  for (const auto& [name, params, place] : work.tasks.as<Table>()) {
    jobs.push_back(job_of(domain, name, params, input));
    jobs.back().sample = sample.size;
    jobs.back().decontaminated = dropped_text(context.input(documents_stage(domain)));
  }
}

EvaluationJob set_job(const EvaluationSet& set, const fs::path& file) {
  SetInput read = read_set(set, file);
  auto job = job_of(set.name, set.task, set.params, std::move(read.input));
  job.set = std::move(read.facts);
  return job;
}

}  // namespace

bool EvaluationJob::generates() const {
  return std::any_of(requests.begin(), requests.end(),
                     [](const Request& request) { return request.max_tokens > 0; });
}

std::vector<EvaluationJob> evaluation_jobs(const EvaluateWork& work, const StageContext& context) {
  std::vector<EvaluationJob> jobs;
  const TextHashes trained = trained_texts(context, work.domains);
  for (const auto& domain : work.domains) add_domain(work, context, domain, trained, jobs);
  for (const auto& set : work.sets) jobs.push_back(set_job(set, context.place("set/" + set.name)));
  return jobs;
}

}  // namespace btx
