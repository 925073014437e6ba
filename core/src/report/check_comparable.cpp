// Which runs have no common ground.
#include "base/text.hpp"
#include "report/scored_run.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

[[noreturn]] void refuse_comparison(const std::string& what) {
  throw Error(ExitCode::usage, what);
}

/// Where the documents of two scores differ, or "".
std::string difference(const DomainScore& a, const DomainScore& b) {
  const auto &one = a.denominator, &other = b.denominator;
  if (one.size() != other.size()) {
    return fmt::format("{} test documents against {}", one.size(), other.size());
  }
  const auto at = std::mismatch(one.begin(), one.end(), other.begin()).first - one.begin();
  if (at == std::ssize(one)) return "";
  const auto i = static_cast<std::size_t>(at);
  return fmt::format("test document {} differs, its denominator is {} against {}", at + 1, one[i],
                     other[i]);
}

/// A set or domain may have the same names and sizes and other text.
void check_texts(const ScoredRun& first, const ScoredRun& run, const ScoredModel& model) {
  for (const auto& [name, digest] : first.models.front().texts) {
    const auto mine = model.texts.find(name);
    if (mine == model.texts.end() || mine->second == digest) continue;
    if (mine->second.empty() || digest.empty()) continue;
    refuse_comparison(fmt::format(
        "{} and {} cannot be compared: what was scored of '{}' differs, its digest "
        "is {} against {}, model '{}'",
        first.path.string(), run.path.string(), name, digest, mine->second, model.name));
  }
}

void check_model(const ScoredRun& first, const ScoredRun& run, const ScoredModel& model) {
  if (model.scores.size() != first.models.front().scores.size()) {
    refuse_comparison(fmt::format("{} and {} cannot be compared: model '{}' has other metrics",
                                  first.path.string(), run.path.string(), model.name));
  }
  for (const auto& [metric, domains] : first.models.front().scores) {
    const auto mine = model.scores.find(metric);
    if (mine != model.scores.end() && mine->second.size() > domains.size()) {
      refuse_comparison(
          fmt::format("{} and {} cannot be compared: {} of model '{}' is of {} domains or sets "
                      "against {}",
                      first.path.string(), run.path.string(), metric, model.name, domains.size(),
                      mine->second.size()));
    }
    for (const auto& [domain, score] : domains) {
      const bool there = mine != model.scores.end() && mine->second.count(domain) > 0;
      const std::string what = there ? difference(score, mine->second.at(domain)) : "not scored";
      if (what.empty()) continue;
      refuse_comparison(
          fmt::format("{} and {} cannot be compared: {} of domain '{}', model '{}': {}",
                      first.path.string(), run.path.string(), metric, domain, model.name, what));
    }
  }
}

}  // namespace

void check_comparable(const std::vector<ScoredRun>& runs) {
  const ScoredRun& first = runs.front();
  const auto same = [&](const ScoredRun& run, const char* what, const std::vector<std::string>& one,
                        const std::vector<std::string>& other) {
    if (std::is_permutation(one.begin(), one.end(), other.begin(), other.end())) return;
    refuse_comparison(fmt::format("{} and {} cannot be compared: {} {} against {}",
                                  first.path.string(), run.path.string(), what, join(one),
                                  join(other)));
  };
  for (const auto& run : runs) {
    same(run, "domains", first.domains, run.domains);
    same(run, "metrics", first.metrics, run.metrics);
    for (const auto& model : run.models) {
      check_model(first, run, model);
      check_texts(first, run, model);
    }
  }
}

}  // namespace btx
