#pragma once
// A task turns an evaluation set into requests and scores the answers. The core batches the
// requests and runs them on any model.

#include <btx/data_source.hpp>
#include <btx/export.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace btx {

/// One line of a request file: a context and one continuation of it. The choices of an item are
/// lines with the same `item`, one after the other.
struct EvalRow {
  std::string item;               ///< "doc_id"
  std::int64_t choice = 0;        ///< "idx"
  std::string context;            ///< "request.context"
  std::string continuation;       ///< "request.continuation"; empty: there is none
  std::vector<std::string> stop;  ///< "request.stop_sequences"
  std::int64_t max_tokens = 0;    ///< "request.generation_kwargs.max_gen_toks"; 0: not given
  std::string label;              ///< "label" as JSON: 2, ["North", "the north"], null
  std::string doc;                ///< "doc" as JSON: whatever else the set's makers give
  std::string place;              ///< "file.jsonl:12", for messages
};

/// What a task is given: the held-out documents of one domain, or the rows of one evaluation set.
struct TaskInput {
  std::string name;                      ///< of the domain or the set
  std::vector<Document> documents = {};  ///< empty for a set
  std::vector<EvalRow> rows = {};        ///< empty for a domain
};

/// "How likely is `continuation` after `context`?", "What comes after `context`?", or both.
/// An empty context is the start of a document. A context that ends in white space passes it on to
/// the continuation, as lm-evaluation-harness does, and the text is tokenized as a whole. What does
/// not fit the model's context T loses the beginning of its context; without a context, text is
/// scored in windows of T tokens with stride T/2, so that every token is scored once and all but
/// the first window's see at least T/2 tokens before them.
struct Request {
  std::string context = {};
  std::string continuation = {};       ///< scored; empty: nothing is
  std::int64_t max_tokens = 0;         ///< generated, at most; 0: nothing is
  std::vector<std::string> stop = {};  ///< what is generated ends before the first of these
  std::string place = {};              ///< where the item stands, for messages; may be empty
};

/// What a model said to one Request; the core fills it in.
struct Answer {
  double log_likelihood = 0;  ///< natural logarithm, summed over the continuation's tokens
  std::int64_t tokens = 0;    ///< scored
  std::string text = {};      ///< generated, without the stop string
};

/// One number a task reports. The first of a set's scores is the one that means are taken of.
struct Score {
  std::string metric;  ///< "accuracy"
  double value = 0;    ///< as below; what reports show
  bool lower_is_better = true;
  std::vector<double> numerator;    ///< per item; value = sum(numerator) / sum(denominator)
  std::vector<double> denominator;  ///< per item
};

/// The smallest one, the mean log-likelihood of a document:
///
///     class LogLikelihood final : public btx::Task {
///      public:
///       struct Config {
///         void fields(btx::Fields& /*f*/) {}
///       };
///       explicit LogLikelihood(const Config& /*config*/) {}
///       std::vector<btx::Request> requests(const btx::TaskInput& input) const override {
///         std::vector<btx::Request> all;
///         for (const auto& document : input.documents) {
///           all.push_back({.continuation = document.text});
///         }
///         return all;
///       }
///       std::vector<btx::Score> score(const btx::TaskInput&, std::span<const btx::Request>,
///                                     std::span<const btx::Answer> answers) const override {
///         btx::Score score{"log_likelihood", 0, false, {}, {}};
///         for (const auto& answer : answers) {
///           score.numerator.push_back(answer.log_likelihood);
///           score.denominator.push_back(1);
///           score.value += answer.log_likelihood / static_cast<double>(answers.size());
///         }
///         return {score};
///       }
///     };
///     BTX_PLUGIN("smallest_task", "0.1.0", registrar) {
///       registrar.add<btx::Task, LogLikelihood>("smallest", "mean log-likelihood of documents");
///     }
class BTX_EXPORT Task {
 public:
  static constexpr const char* kKind = "task";
  virtual ~Task();
  /// The requests, in a fixed order. Throws btx::Error, with the row's place, for what the task
  /// cannot use.   [any]
  virtual std::vector<Request> requests(const TaskInput& input) const = 0;
  /// Scores; answers[i] belongs to requests[i].   [any]
  virtual std::vector<Score> score(const TaskInput& input, std::span<const Request> requests,
                                   std::span<const Answer> answers) const = 0;
};

}  // namespace btx
