#include "data/blend.hpp"

#include <btx/random.hpp>

#include <btx/error.hpp>

#include <fmt/format.h>

#include <cmath>
#include <utility>
#include <vector>

namespace btx {
namespace {

void check(const BlendDomain& domain, std::int64_t length) {
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

/// The weights, of sum 1.
std::vector<double> shares(const std::vector<BlendDomain>& domains, std::int64_t length) {
  double total = 0;
  for (const auto& domain : domains) {
    check(domain, length);
    total += domain.weight;
  }
  if (!(total > 0)) throw Error(ExitCode::usage, "no domain has a weight above 0");
  if (std::isinf(total)) throw Error(ExitCode::usage, "the domains' weights have an infinite sum");
  std::vector<double> weights;
  for (const auto& domain : domains) weights.push_back(domain.weight / total);
  return weights;
}

}  // namespace

DataBlend::DataBlend(std::vector<BlendDomain> domains, std::int64_t length, std::uint64_t seed)
    : domains_(std::move(domains)),
      length_(length),
      seed_(seed),
      order_(shares(domains_, length)) {}

std::int64_t DataBlend::window_of(std::size_t domain, std::int64_t nth) const {
  const std::int64_t windows = (domains_[domain].tokens->size() - 1) / length_;
  const std::uint64_t key =
      random_key(seed_, fmt::format("data/{}/{}", domains_[domain].name, nth / windows));
  return static_cast<std::int64_t>(
      permute(key, static_cast<std::uint64_t>(windows), static_cast<std::uint64_t>(nth % windows)));
}

std::size_t DataBlend::sequence(std::int64_t index, std::span<std::int64_t> out) {
  const std::size_t domain = order_.at(index);
  const std::int64_t window = window_of(domain, order_.drawn(domain) - 1);
  domains_[domain].tokens->copy(window * length_, out);
  return domain;
}

namespace {

std::vector<double> shares(const std::vector<ReplayedStream>& streams) {
  double total = 0;
  for (const auto& stream : streams) total += stream.sequences;
  std::vector<double> weights;
  for (const auto& stream : streams) weights.push_back(stream.sequences / total);
  return weights;
}

}  // namespace

ReplayedBlend::ReplayedBlend(const std::vector<ReplayedStream>& streams, std::int64_t length)
    : order_(shares(streams)) {
  for (const auto& stream : streams) blends_.emplace_back(stream.domains, length, stream.seed);
}

std::size_t ReplayedBlend::sequence(std::int64_t index, std::span<std::int64_t> out) {
  const std::size_t stream = order_.at(index);
  return blends_[stream].sequence(order_.drawn(stream) - 1, out);
}

}  // namespace btx
