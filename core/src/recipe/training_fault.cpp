#include "recipe/training_fault.hpp"

#include "base/text.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

bool matches_any(const std::vector<std::string>& globs, const std::string& name) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& glob) { return glob_match(glob, name); });
}

std::optional<TrainingFault> idle_glob(const char* key, const std::vector<std::string>& globs,
                                       const std::vector<std::string>& tensors) {
  for (const auto& glob : globs) {
    const auto matches = [&](const std::string& name) { return glob_match(glob, name); };
    if (std::any_of(tensors.begin(), tensors.end(), matches)) continue;
    return TrainingFault{
        key, fmt::format("'{}' matches no tensor of the model; names look like '{}' and '{}'", glob,
                         tensors.front(), tensors.back())};
  }
  return std::nullopt;
}

}  // namespace

std::optional<TrainingFault> step_fault(const TrainConfig& train, std::int64_t context) {
  const std::int64_t length = train.sequence_in(context);
  if (length == 1 || length > context) {
    return TrainingFault{"sequence_length",
                         fmt::format("needs 2 to {} tokens, the model's context, or 0 for all of "
                                     "it; got {}",
                                     context, length)};
  }
  if (train.batch_tokens % length != 0) {
    return TrainingFault{
        "batch_tokens",
        fmt::format("{} is not a multiple of the sequence length, {}{}", train.batch_tokens, length,
                    train.sequence_length == 0 ? ", the model's context" : "")};
  }
  const std::int64_t sequences = train.sequences_of_step(context);
  if (sequences % train.sequences_of_pass(context) != 0) {
    return TrainingFault{
        "micro_batch", fmt::format("{} does not divide the {} sequences of a step (batch_tokens / "
                                   "sequence length)",
                                   train.micro_batch, sequences)};
  }
  return std::nullopt;
}

std::optional<TrainingFault> frozen_fault(const std::vector<std::string>& frozen,
                                          const std::vector<std::string>& tensors,
                                          const std::vector<std::string>& trained) {
  if (auto idle = idle_glob("frozen", frozen, tensors)) return idle;
  if (trained.empty()) return TrainingFault{"frozen", "it leaves nothing to be trained"};
  return std::nullopt;
}

std::optional<TrainingFault> group_fault(const std::vector<ParameterGroup>& groups,
                                         const std::vector<std::string>& tensors,
                                         const std::vector<std::string>& trained) {
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (auto idle = idle_glob("group", groups[i].match, tensors)) return idle;
    const auto mine = [&](const std::string& name) { return group_of(groups, name) == i; };
    if (std::any_of(trained.begin(), trained.end(), mine)) continue;
    return TrainingFault{"group", fmt::format("group '{}' gets no tensor: all that its globs match "
                                              "are frozen or in an earlier group",
                                              groups[i].name)};
  }
  return std::nullopt;
}

std::size_t group_of(const std::vector<ParameterGroup>& groups, const std::string& tensor) {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const ParameterGroup& group) {
    return matches_any(group.match, tensor);
  });
  return static_cast<std::size_t>(found - groups.begin());
}

void throw_if(const std::optional<TrainingFault>& fault) {
  if (fault) throw Error(ExitCode::usage, fmt::format("train.{}: {}", fault->key, fault->what));
}

}  // namespace btx
