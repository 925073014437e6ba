#include "pipeline/evaluation_jobs.hpp"

#include "pipeline/set_input.hpp"
#include "recipe/value_access.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

EvaluationJob job_of(const std::string& name, const std::string& task, const Value& params,
                     TaskInput input) {
  EvaluationJob job{name, task, make_component<Task>(task, params), std::move(input), {}};
  job.requests = requests_of(job.component, job.input);
  return job;
}

/// An empty table if the documents were not decontaminated.
Value decontaminated(const fs::path& folder) {
  const fs::path file = folder / "documents.json";
  const Value summary = from_json(read_file(file), file.string());
  const Value* dropped = summary.find("decontaminated");
  return dropped == nullptr ? Value{} : *dropped;
}

void add_domain(const StageContext& context, const std::string& domain, const TextHashes& trained,
                std::vector<EvaluationJob>& jobs) {
  std::int64_t left_out = 0;
  const TaskInput input{domain, held_out(context, domain, Split::test, trained, &left_out)};
  if (input.documents.empty()) {
    throw Error(
        fmt::format("domain '{}': the text of each of its {} test documents is in the "
                    "train documents of another domain too, so that nothing is held out; "
                    "take one of the two out of [data]",
                    domain, left_out));
  }
  for (const auto& [name, params, source] : context.config.at("tasks").as<Table>()) {
    jobs.push_back(job_of(domain, name, params, input));
    jobs.back().left_out = left_out;
    jobs.back().decontaminated = decontaminated(context.input("documents/" + domain));
  }
}

EvaluationJob set_job(const Value& set, const fs::path& path) {
  SetInput read = read_set(set, path);
  const std::string name = read.input.name;
  auto job =
      job_of(name, set.at("task").as<std::string>(), set.at("params"), std::move(read.input));
  job.set = std::move(read.facts);
  return job;
}

}  // namespace

bool EvaluationJob::generates() const {
  return std::any_of(requests.begin(), requests.end(),
                     [](const Request& request) { return request.max_tokens > 0; });
}

TextHashes trained_texts(const StageContext& context) {
  TextHashes trained;
  for (const auto& domain : strings_of(context.config.at("domains"))) {
    add_train_hashes(context.input("documents/" + domain), trained);
  }
  return trained;
}

std::vector<Document> held_out(const StageContext& context, const std::string& domain, Split split,
                               const TextHashes& trained, std::int64_t* left_out) {
  return documents_within(
      context.input("documents/" + domain), split,
      static_cast<std::size_t>(context.config.at("max_bytes").as<std::int64_t>()), trained,
      left_out);
}

std::vector<EvaluationJob> evaluation_jobs(const StageContext& context) {
  std::vector<EvaluationJob> jobs;
  const TextHashes trained = trained_texts(context);
  for (const auto& domain : strings_of(context.config.at("domains"))) {
    add_domain(context, domain, trained, jobs);
  }
  for (const auto& set : context.config.at("sets").as<Array>()) {
    const std::string name = set.at("name").as<std::string>();
    jobs.push_back(set_job(set, context.config.at("set_files").at(name).as<std::string>()));
  }
  return jobs;
}

}  // namespace btx
