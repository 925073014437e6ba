#include "report/difference/model_difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace btx {
namespace {

constexpr const char* kUnresolved = "no difference resolved";
constexpr const char* kTooFew = "too few documents";
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
    if (score.in_mean) domains.push_back(documents_of(pairs, domain));
  }
  return domains;
}

/// Of the mean over domains: their roundings are independent, so that squares of steps add up. Of a
/// model whose router draws and one whose does not the finer step counts.
double step_of(const ScorePair& pair) {
  double squares = 0, domains = 0;
  for (const auto& [domain, score] : *pair.model) {
    if (!score.in_mean) continue;
    squares += std::pow(std::min(score.step, pair.baseline->at(domain).step), 2);
    ++domains;
  }
  return std::sqrt(squares) / domains;
}

/// The first of each pair of stages.
std::vector<ScorePair> without_repeats(const std::vector<ScorePair>& pairs) {
  std::vector<ScorePair> kept;
  for (const auto& pair : pairs) {
    if (std::ranges::find(kept, pair.keys, &ScorePair::keys) == kept.end()) kept.push_back(pair);
  }
  return kept;
}

/// `tests`: rows that Holm's correction is over.
std::string verdict_of(const ModelDifference& difference, bool lower_is_better, double level,
                       double tests) {
  const Interval* interval = difference.decisive();
  if (difference.pairs == 0) return "no seed in common";
  if (interval == nullptr) return kTooFew;
  const bool zero_inside = interval->low <= 0 && interval->high >= 0;
  if (zero_inside || *difference.adjusted_p >= 1 - level) {
    const bool can_be = difference.seeds || tests * difference.smallest_p < 1 - level;
    return can_be ? kUnresolved : kTooFew;
  }
  const std::string found = (interval->mean < 0) == lower_is_better ? "better" : "worse";
  if (!difference.seeds) return found + " with this seed";
  const auto& both = difference.crossed;
  const bool held = both && (both->low > 0 || both->high < 0) && *difference.crossed_p < 1 - level;
  return held ? found : found + " on these documents";
}

/// Holm over the rows that have both sources of chance. The formula's error is too small for few or
/// uneven documents, so that their own test has to agree.
void adjust_crossed(MetricComparison& table) {
  std::vector<ModelDifference*> rows;
  std::vector<double> p;
  for (auto& row : table.rows) {
    if (!row.difference || !row.difference->crossed) continue;
    rows.push_back(&*row.difference);
    p.push_back(std::max(rows.back()->crossed->p, rows.back()->documents->p));
  }
  const std::vector<double> adjusted = holm(p);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i]->crossed_p = adjusted[i];
}

}  // namespace

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
  const auto over_seeds = paired_spread(by_seed, step_of(pairs.front()));
  if (over_seeds) difference.seeds = t_interval(*over_seeds, level);
  const std::vector<DocumentPairs> domains = documents_of(pairs);
  difference.smallest_p = smallest_p(domains);
  if (std::all_of(domains.begin(), domains.end(),
                  [](const auto& d) { return d.weight.size() > 1; })) {
    difference.documents = paired_bootstrap(domains, level, kBootstrapSeed, resamples);
    if (over_seeds) {
      difference.crossed = t_interval(crossed(*over_seeds, document_spread(domains)), level);
    }
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
  adjust_crossed(table);
  for (auto& row : table.rows) {
    if (row.difference) {
      row.difference->verdict = verdict_of(*row.difference, table.facts.lower_is_better, level,
                                           static_cast<double>(rows.size()));
    }
  }
}

std::vector<std::string> comparison_notes(const RunComparison& comparison, const ScoredRun& first) {
  std::vector<std::string> lines = {
      "Seeds counts the stages that made the model: one that no varied seed reaches has one.",
      fmt::format(
          "Differences are of the mean over domains or sets, model - {}{}, in runs with the same "
          "seeds.",
          comparison.baseline, comparison.points.size() > 1 ? " of the first point" : ""),
      "The paired t interval is over seeds: other seeds, the same held-out documents. The paired "
      "bootstrap interval is over held-out documents or items: other ones, the same models; its p "
      "is of flipping the signs of their differences. The verdict rests on paired t where there "
      "are two seeds or more, else on the bootstrap; p is that interval's, by Holm over the "
      "table's rows. The interval over both is of other seeds and other documents: where it, or "
      "its "
      "p by Holm, bears a verdict of seeds not out, that is one on these documents; a verdict of "
      "the "
      "bootstrap alone is one with this seed.",
      "Tokens, FLOPs and device time of a model are those of every training stage it rests on but "
      "the seed's; the wall clock has stages that do not wait for each other side by side."};
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
        fmt::format("A domain or set has only {} documents or items; with so few the bootstrap "
                    "interval is too narrow.",
                    fewest));
  }
  return lines;
}

}  // namespace btx
