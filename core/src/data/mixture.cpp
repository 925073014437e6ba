#include "data/mixture.hpp"

#include <btx/random.hpp>

#include <btx/error.hpp>

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace btx {
namespace {

void check(const MixtureDomain& domain, std::int64_t length) {
  if (!(domain.weight >= 0) || std::isinf(domain.weight)) {
    throw Error(ExitCode::usage,
                fmt::format("domain '{}': its weight must be a number >= 0, got {}", domain.name,
                            domain.weight));
  }
  if (domain.weight > 0 && domain.tokens->size() < length + 1) {
    throw Error(
        ExitCode::usage,
        fmt::format("domain '{}' has {} tokens, fewer than one sequence needs ({}); give it "
                    "more text, shorten the context, or set its weight to 0",
                    domain.name, domain.tokens->size(), length + 1));
  }
}

}  // namespace

DataMixture::DataMixture(std::vector<MixtureDomain> domains, std::int64_t length,
                         std::uint64_t seed)
    : domains_(std::move(domains)), length_(length), seed_(seed), drawn_(domains_.size(), 0) {
  double total = 0;
  for (const auto& domain : domains_) {
    check(domain, length);
    total += domain.weight;
  }
  if (!(total > 0)) throw Error(ExitCode::usage, "no domain has a weight above 0");
  for (auto& domain : domains_) domain.weight /= total;
}

// Earliest deadline first: the (n + 1)-th sequence of a domain of weight w is due by (n + 1) / w
// and may not come before n / w. On one processor that schedule is never late.
std::size_t DataMixture::draw() {
  const double end = static_cast<double>(++next_);
  std::size_t best = domains_.size();
  double first_due = 0;
  for (std::size_t i = 0; i < domains_.size(); ++i) {
    const auto drawn = static_cast<double>(drawn_[i]);
    if (drawn >= domains_[i].weight * end) continue;
    const double due = (drawn + 1) / domains_[i].weight;
    if (best < domains_.size() && due >= first_due) continue;
    best = i;
    first_due = due;
  }
  ++drawn_[best];
  return best;
}

std::int64_t DataMixture::window_of(std::size_t domain, std::int64_t nth) const {
  const std::int64_t windows = (domains_[domain].tokens->size() - 1) / length_;
  const std::uint64_t key =
      random_key(seed_, fmt::format("data/{}/{}", domains_[domain].name, nth / windows));
  return static_cast<std::int64_t>(
      permute(key, static_cast<std::uint64_t>(windows), static_cast<std::uint64_t>(nth % windows)));
}

std::size_t DataMixture::sequence(std::int64_t index, std::span<std::int64_t> out) {
  if (index < next_) {
    next_ = 0;
    drawn_.assign(domains_.size(), 0);
  }
  std::size_t domain = 0;
  while (next_ <= index) domain = draw();
  const std::int64_t window = window_of(domain, drawn_[domain] - 1);
  domains_[domain].tokens->copy(window * length_, out);
  return domain;
}

}  // namespace btx
