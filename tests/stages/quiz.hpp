#pragma once
// Small models of bytes in their folders, and an evaluate stage that asks them one question.

#include "config/config.hpp"
#include "eval/byte_model.hpp"
#include "model/load.hpp"
#include "model/plain_engine.hpp"
#include "report/scores.hpp"
#include "stages/scoring/evaluate.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <sstream>
#include <string>
#include <vector>

namespace btx_test {

/// A model of bytes with its tokenizer, saved.
inline fs::path saved(
    const std::string& name, const ModelConfig& config, std::uint64_t seed,
    const std::function<void(LoadedModel&)>& change = [](LoadedModel& /*model*/) {}) {
  load_plugins_under_test();
  LoadedModel model = new_model(config, 0.4, seed, plain_engine(), {});
  change(model);
  fs::path folder = scratch("evaluate-" + name);
  save_model(model, folder);
  write_file(folder / "tokenizer.json", byte_tokenizer().file_text());
  return folder;
}

/// One item, "abcd" that goes on with "e" or with "f", for a model or an ensemble.
struct Quiz {
  EvaluateWork work;
  StageContext context;

  explicit Quiz(const fs::path& model, const std::string& prior_from = "") {
    EvaluationSet set;
    set.name = "quiz";
    set.prior_from = prior_from;
    work.scoring.engine = plain_engine();
    work.scoring.batch_size = 4;
    work.tasks = Value(Table{});
    work.sets = {set};
    context.name = "evaluate/model";
    context.inputs.emplace_back("model", model);
    context.places["set/quiz"] = (scratch("evaluate-set") / "quiz.jsonl").string();
    context.output = scratch("evaluate-scored");
    const std::string request = R"("label": 0, "request": {"context": "abcd", "continuation": )";
    ask("choices", R"({"doc_id": 1, "idx": 0, )" + request + "\"e\"}}\n" +
                       R"({"doc_id": 1, "idx": 1, )" + request + "\"f\"}}\n");
  }

  /// Has other lines for another task.
  void ask(const std::string& task, const std::string& lines) {
    write_file(context.place("set/quiz"), lines);
    work.sets[0].task = task;
    work.sets[0].params = resolve_params("task", task, {});
  }

  /// Log-likelihoods of "e" and "f".
  std::vector<double> answers() const {
    run(work, context);
    std::istringstream lines(read_file(context.output / "answers.jsonl"));
    std::vector<double> all;
    for (std::string line; std::getline(lines, line);) {
      all.push_back(nlohmann::json::parse(line)["log_likelihood"].get<double>());
    }
    return all;
  }
  /// What is written in the place of an answer.
  std::string text() const {
    run(work, context);
    return nlohmann::json::parse(read_file(context.output / "answers.jsonl"))["text"];
  }
  ModelScores scores() const {
    run(work, context);
    return read_config_file<ModelScores>(context.output / kScores);
  }
};

}  // namespace btx_test
