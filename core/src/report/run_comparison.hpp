#pragma once
// Models of one or several runs against a baseline: values, costs, paired differences with two
// intervals, and what they resolve. core/docs/comparing.md explains the tables.

#include "report/run_points.hpp"
#include "report/statistics.hpp"

#include <optional>
#include <string>
#include <vector>

namespace btx {

/// What `btx compare` and `btx sweep` are asked for.
struct CompareOptions {
  std::string baseline;  ///< a model of the first run's point; "": its first one
  double level = 0.95;
};

/// A model's mean over domains or sets against the baseline's.
struct ModelDifference {
  double value = 0;                   ///< model - baseline, over pairs
  std::size_t pairs = 0;              ///< of runs with the same seeds and distinct results
  double smallest_p = 1;              ///< that so few documents can have
  std::optional<Interval> seeds;      ///< paired t; nothing for fewer than two pairs, or equal ones
  std::optional<Interval> documents;  ///< paired bootstrap; nothing for a domain with one document
  std::optional<Interval> crossed;    ///< of both; nothing where one of them is not there
  std::optional<double> adjusted_p;   ///< Holm; of seeds if it is there, else of documents
  std::optional<double> crossed_p;    ///< Holm, of the larger p of `crossed` and `documents`
  std::string verdict;                ///< "better" or "worse", of what, or why neither can be said

  /// The interval on which the verdict rests, or null.
  const Interval* decisive() const { return seeds ? &*seeds : documents ? &*documents : nullptr; }
};

/// A model of a point; numbers are means over its distinct results.
struct ComparedModelRow {
  std::size_t point = 0;  ///< index into RunComparison::points
  std::string model;
  std::size_t seeds = 0;       ///< distinct results: seeds that do not reach the model do not count
  std::vector<double> values;  ///< a domain or set each
  double mean = 0, deviation = 0;  ///< over those in the mean; its standard deviation over seeds
  double parameters = 0, active_parameters = 0;
  Cost cost;
  std::optional<ModelDifference> difference;  ///< nothing for the baseline
};

/// One metric's table: a row for each model of each point, repeats left out.
struct MetricComparison {
  std::string metric;
  MetricFacts facts;
  std::vector<std::string> domains;     ///< or evaluation sets
  std::vector<std::string> in_no_mean;  ///< among them: sets without a group beside ones with one
  std::vector<ComparedModelRow> rows;
  int resamples = 0;        ///< of the bootstrap
  std::size_t repeats = 0;  ///< rows left out: the results of that model at an earlier point
};

/// All that a comparison of runs shows: the text, compare.md and compare.json are forms of it.
struct RunComparison {
  std::vector<std::string> points;  ///< labels; one "" where there is one point
  std::string baseline;             ///< model, of the first point
  double level = 0.95;
  std::vector<MetricComparison> metrics;
  std::vector<std::string> notes;
};

/// Pairs runs by the seeds in effect. Throws btx::Error (usage) as check_comparable() and
/// group_runs() do, and for a baseline that the first run does not have.
BTX_EXPORT RunComparison compare_runs(const std::vector<ScoredRun>& runs,
                                      const CompareOptions& options);

BTX_EXPORT std::string to_text(const RunComparison& comparison);  ///< for a terminal
BTX_EXPORT std::string to_markdown(const RunComparison& comparison);
BTX_EXPORT Value to_value(const RunComparison& comparison);  ///< for compare.json

}  // namespace btx
