#include "pipeline/check_training.hpp"

#include "base/text.hpp"
#include "pipeline/merge_inputs.hpp"
#include "recipe/place.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

void check_batch(const TrainConfig& train, std::int64_t context, const auto& refuse) {
  const std::int64_t length = train.sequence_in(context);
  if (length == 1 || length > context) {
    refuse("sequence_length", fmt::format("needs 2 to {} tokens, the model's context, or 0 for all "
                                          "of it; got {}",
                                          context, length));
  }
  if (train.batch_tokens % length != 0) {
    refuse("batch_tokens",
           fmt::format("{} is no multiple of the sequence length, {}{}", train.batch_tokens, length,
                       train.sequence_length == 0 ? ", the model's context" : ""));
  }
  const std::int64_t sequences = train.batch_tokens / length;
  if (sequences % std::min(sequences, train.micro_batch) != 0) {
    refuse("micro_batch", fmt::format("{} does not divide the {} sequences of a step (batch_tokens "
                                      "/ sequence length)",
                                      train.micro_batch, sequences));
  }
}

void check_globs(const char* key, const std::vector<std::string>& globs,
                 const std::vector<TensorInfo>& tensors, const auto& refuse) {
  for (const auto& glob : globs) {
    const auto matches = [&](const TensorInfo& info) { return glob_match(glob, info.name); };
    if (std::any_of(tensors.begin(), tensors.end(), matches)) continue;
    refuse(key, fmt::format("'{}' matches no tensor of the model; names look like '{}' and '{}'",
                            glob, tensors.front().name, tensors.back().name));
  }
}

}  // namespace

void check_training(const std::string& where, const Value& written, const TrainConfig& train,
                    const ModelConfig& model) {
  const auto refuse = [&](const std::string& key, const std::string& what) {
    fail_at(nearest(written, {key}).source, fmt::format("{}.{}: {}", where, key, what));
  };
  check_batch(train, model.context, refuse);
  const auto tensors = all_tensors(model);
  check_globs("frozen", train.frozen, tensors, refuse);
  for (const auto& group : train.group) check_globs("group", group.match, tensors, refuse);
}

}  // namespace btx
