#include "report/model_difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace btx {
namespace {

constexpr const char* kUnresolved = "no difference resolved";
constexpr std::uint64_t kBootstrapSeed = 1;
/// Below, a percentile interval is known to be too narrow.
constexpr std::size_t kFewDocuments = 20;

/// Of a domain's documents, the mean over pairs of the difference of the numerators.
DocumentPairs documents_of(const std::vector<ScorePair>& pairs, const std::string& domain) {
  DocumentPairs documents;
  documents.weight = pairs.front().model->at(domain).denominator;
  documents.difference.resize(documents.weight.size());
  for (const auto& pair : pairs) {
    const auto& mine = pair.model->at(domain).numerator;
    const auto& other = pair.baseline->at(domain).numerator;
    for (std::size_t i = 0; i < mine.size(); ++i) {
      documents.difference[i] += (mine[i] - other[i]) / static_cast<double>(pairs.size());
    }
  }
  return documents;
}

std::vector<DocumentPairs> documents_of(const std::vector<ScorePair>& pairs) {
  std::vector<DocumentPairs> domains;
  for (const auto& [domain, score] : *pairs.front().model) {
    domains.push_back(documents_of(pairs, domain));
  }
  return domains;
}

/// The first of each pair of results.
std::vector<ScorePair> without_repeats(const std::vector<ScorePair>& pairs) {
  std::vector<ScorePair> kept;
  for (const auto& pair : pairs) {
    const bool known = std::any_of(kept.begin(), kept.end(), [&](const ScorePair& other) {
      return same_result(*pair.model, *other.model) && same_result(*pair.baseline, *other.baseline);
    });
    if (!known) kept.push_back(pair);
  }
  return kept;
}

std::string verdict_of(const ModelDifference& difference, bool lower_is_better, double level) {
  const Interval* interval = difference.decisive();
  if (difference.pairs == 0) return "no seed in common";
  if (interval == nullptr) return "too few documents";
  const bool zero_inside = interval->low <= 0 && interval->high >= 0;
  if (zero_inside || *difference.adjusted_p >= 1 - level) return kUnresolved;
  return (interval->mean < 0) == lower_is_better ? "better" : "worse";
}

}  // namespace

bool same_result(const ModelScores& a, const ModelScores& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
    return one.first == other.first && one.second.numerator == other.second.numerator;
  });
}

int resamples_for(std::size_t rows, double level) {
  const double needed = 4 * static_cast<double>(rows) / (1 - level);
  return static_cast<int>(std::clamp(std::ceil(needed), 10'000.0, 1e6));
}

ModelDifference difference_of(std::vector<ScorePair> pairs, double level, int resamples) {
  pairs = without_repeats(pairs);
  ModelDifference difference;
  difference.pairs = pairs.size();
  if (pairs.empty()) return difference;
  std::vector<double> by_seed;
  for (const auto& pair : pairs) by_seed.push_back(mean_difference(documents_of({pair})));
  difference.value = mean_of(by_seed);
  if (by_seed.size() > 1) difference.seeds = paired_t(by_seed, level);
  const std::vector<DocumentPairs> domains = documents_of(pairs);
  if (std::all_of(domains.begin(), domains.end(),
                  [](const auto& d) { return d.weight.size() > 1; })) {
    difference.documents = paired_bootstrap(domains, level, kBootstrapSeed, resamples);
  }
  return difference;
}

void decide(MetricComparison& table, double level) {
  std::vector<ModelDifference*> rows;
  std::vector<double> p;
  for (auto& row : table.rows) {
    if (!row.difference || row.difference->decisive() == nullptr) continue;
    rows.push_back(&*row.difference);
    p.push_back(row.difference->decisive()->p);
  }
  const std::vector<double> adjusted = holm(p);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i]->adjusted_p = adjusted[i];
  for (auto& row : table.rows) {
    if (row.difference) {
      row.difference->verdict = verdict_of(*row.difference, table.lower_is_better, level);
    }
  }
}

std::vector<std::string> comparison_notes(const RunComparison& comparison, const ScoredRun& first) {
  std::vector<std::string> lines = {
      "Seeds counts distinct results: a model that no varied seed reaches has one.",
      fmt::format("Differences are of the mean over domains, model - {}{}, in runs with the same "
                  "seeds.",
                  comparison.baseline, comparison.points.size() > 1 ? " of the first point" : ""),
      "The paired t interval is over seeds: other seeds, the same held-out documents. The paired "
      "bootstrap interval is over held-out documents: other documents, the same models. The "
      "verdict rests on paired t where there are two seeds or more, else on the bootstrap; p is "
      "that interval's, by Holm over the table's rows.",
      "Tokens, FLOPs and time of a model are those of every training stage it rests on but the "
      "seed's."};
  if (!comparison.metrics.empty() && comparison.metrics.front().repeats > 0) {
    lines.push_back(
        fmt::format("Rows left out, of models that an earlier point has from the same stages: {}.",
                    comparison.metrics.front().repeats));
  }
  std::size_t fewest = kFewDocuments;
  for (const auto& [metric, domains] : first.models.front().scores) {
    for (const auto& [domain, score] : domains) {
      fewest = std::min(fewest, score.denominator.size());
    }
  }
  if (fewest < kFewDocuments) {
    lines.push_back(
        fmt::format("A domain has only {} held-out documents; with so few the bootstrap "
                    "interval is too narrow.",
                    fewest));
  }
  return lines;
}

}  // namespace btx
