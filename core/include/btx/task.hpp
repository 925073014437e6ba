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

/// What a task is given: the held-out documents of one domain.
struct TaskInput {
  std::string domain;
  std::vector<Document> documents;
};

/// "How likely is `continuation` after `context`?" An empty context is the start of a document.
/// Text longer than the model's context is scored in windows of T tokens with stride T/2, so that
/// every token is scored once and all but the first window's see at least T/2 tokens before them.
struct Request {
  std::string context;
  std::string continuation;
};

struct Answer {
  double log_likelihood = 0;  ///< natural logarithm, summed over the continuation's tokens
  std::int64_t tokens = 0;    ///< scored
};

/// One number a task reports.
struct Score {
  std::string metric;  ///< "accuracy"
  double value = 0;
  bool lower_is_better = true;
  std::vector<double> numerator;    ///< per item; value = sum(numerator) / sum(denominator)
  std::vector<double> denominator;  ///< per item
};

class BTX_EXPORT Task {
 public:
  static constexpr const char* kKind = "task";
  virtual ~Task();
  /// The requests, in a fixed order.   [any]
  virtual std::vector<Request> requests(const TaskInput& input) const = 0;
  /// Scores; answers[i] belongs to requests[i].   [any]
  virtual std::vector<Score> score(const TaskInput& input, std::span<const Request> requests,
                                   std::span<const Answer> answers) const = 0;
};

}  // namespace btx
