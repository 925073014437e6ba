#pragma once
// [train]: what a training stage is told.

#include <btx/params.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace btx {

/// How the learning rate falls after warm-up.
enum class Schedule { cosine, constant };
template <>
inline constexpr auto kEnumNames<Schedule> = std::array{"cosine", "constant"};

/// Parameters that train with a rate or decay of their own.
struct ParameterGroup {
  std::string name;
  std::vector<std::string> match;
  double lr_factor = 1;
  double weight_decay = -1;

  void fields(Fields& f) {
    f("name", name, "for messages and overrides", {.required = true});
    f("match", match, "globs over tensor names; the first group that matches a tensor has it",
      {.required = true});
    f("lr_factor", lr_factor, "learning rate of the group / learning rate of the stage",
      {.min = 0});
    f("weight_decay", weight_decay, "decay of the group's matrices; -1: that of the stage",
      {.min = -1});
  }
};

/// [train]; with a stage's own table laid on it, the training of that stage.
struct TrainConfig {
  std::int64_t tokens = 0;
  double flops = 0;
  std::int64_t sequence_length = 0;
  std::int64_t batch_tokens = 8192;
  std::int64_t micro_batch = 8;
  double lr = 1e-3;
  double min_lr_factor = 0.1;
  double warmup_fraction = 0.02;
  std::int64_t warmup_steps = 0;
  Schedule schedule = Schedule::cosine;
  double beta1 = 0.9;
  double beta2 = 0.95;
  double epsilon = 1e-8;
  double weight_decay = 0.1;
  double clip = 1.0;
  std::vector<ParameterGroup> group;
  std::vector<std::string> frozen;
  std::map<std::string, double> data;
  std::int64_t dev_every = 50;
  std::int64_t dev_tokens = 16384;
  std::int64_t checkpoint_every = 200;
  std::int64_t keep_checkpoints = 2;

  /// Tokens of a training sequence of a model with this context.
  std::int64_t sequence_in(std::int64_t context) const {
    return sequence_length == 0 ? context : sequence_length;
  }
  /// Sequences of one step of such a model.
  std::int64_t sequences_of_step(std::int64_t context) const {
    return batch_tokens / sequence_in(context);
  }
  /// Sequences of one forward and backward pass: a step may have fewer than micro_batch.
  std::int64_t sequences_of_pass(std::int64_t context) const {
    return std::min(sequences_of_step(context), micro_batch);
  }
  /// Whether there is anything to be trained.
  bool trains() const { return tokens > 0 || flops > 0; }
  /// Optimizer steps.
  std::int64_t steps() const { return (tokens + batch_tokens - 1) / batch_tokens; }

  /// `tokens` in whole steps.
  std::int64_t tokens_read() const { return steps() * batch_tokens; }

  void fields(Fields& f) {
    f("tokens", tokens, "training tokens; rounded up to whole steps",
      {.min = 0, .max = 1e15, .unit = Unit::tokens});
    f("flops", flops,
      "floating-point operations of the training, instead of tokens; rounded to whole steps",
      {.min = 0, .omit_default = true});
    f("sequence_length", sequence_length,
      "tokens of a training sequence, at most the model's context; 0: the context",
      {.min = 0, .max = 1e7, .unit = Unit::tokens});
    f("batch_tokens", batch_tokens,
      "tokens of one optimizer step; a multiple of the sequence length",
      {.min = 1, .max = 1e12, .unit = Unit::tokens});
    f("micro_batch", micro_batch,
      "sequences of one forward and backward pass; divides those of a step, or all of them",
      {.min = 1, .max = 1e9});
    f("lr", lr, "peak learning rate", {.min = 0});
    f("min_lr_factor", min_lr_factor, "final learning rate / peak", {.min = 0, .max = 1});
    f("warmup_fraction", warmup_fraction, "share of the steps with linear warm-up",
      {.min = 0, .max = 1});
    f("warmup_steps", warmup_steps, "steps with linear warm-up; 0: warmup_fraction says",
      {.min = 0, .omit_default = true});
    f("schedule", schedule, "how the rate falls after warm-up");
    f("beta1", beta1, "decay of the mean gradient (AdamW)", {.min = 0, .max = 0.9999999});
    f("beta2", beta2, "decay of the mean squared gradient (AdamW)", {.min = 0, .max = 0.9999999});
    f("epsilon", epsilon, "added to the root of the mean square (AdamW)", {.min = 0});
    f("weight_decay", weight_decay, "decoupled decay, on matrices only", {.min = 0});
    f("clip", clip, "largest norm of a step's gradient; 0: no limit", {.min = 0});
    f("group", group, "parameter groups with a rate or decay of their own");
    f("frozen", frozen, "globs over tensor names that are not trained");
    f("data", data, "weight of each domain in this stage; empty: all domains alike", {.min = 0});
    f("dev_every", dev_every, "steps between dev losses; 0: only at the end", {.min = 0});
    f("dev_tokens", dev_tokens, "dev tokens of each domain that are scored",
      {.min = 1, .max = 1e15, .unit = Unit::tokens});
    f("checkpoint_every", checkpoint_every, "steps between checkpoints; 0: only at the end",
      {.min = 0});
    f("keep_checkpoints", keep_checkpoints, "how many of the latest are kept", {.min = 1});
  }
};

}  // namespace btx
