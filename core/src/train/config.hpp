#pragma once
// What a training stage is told.

#include <btx/params.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace btx {

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

struct TrainConfig {
  std::int64_t tokens = 0;
  std::int64_t sequence_length = 0;
  std::int64_t batch_tokens = 8192;
  std::int64_t micro_batch = 8;
  double lr = 1e-3;
  double min_lr_factor = 0.1;
  double warmup_fraction = 0.02;
  std::string schedule = "cosine";
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

  void fields(Fields& f) {
    f("tokens", tokens, "training tokens; rounded up to whole steps",
      {.min = 0, .max = 1e15, .unit = Unit::tokens});
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
    f("schedule", schedule, "how the rate falls after warm-up",
      {.choices = {"cosine", "constant"}});
    f("beta1", beta1, "AdamW", {.min = 0, .max = 0.9999999});
    f("beta2", beta2, "AdamW", {.min = 0, .max = 0.9999999});
    f("epsilon", epsilon, "AdamW", {.min = 0});
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

/// Where and how the work is done.
struct EngineConfig {
  std::string device = "auto";
  std::string dtype = "auto";
  std::string kernels = "fast";
  std::int64_t threads = 0;

  void fields(Fields& f) {
    f("device", device, "auto: a GPU where LibTorch sees one",
      {.choices = {"auto", "cpu", "cuda"}});
    f("dtype", dtype,
      "type of activations and products; masters are float32. auto: bfloat16 where the processor "
      "multiplies it in hardware",
      {.choices = {"auto", "float32", "bfloat16"}});
    f("kernels", kernels, "reference: the plain oracle of every operation",
      {.choices = {"fast", "reference"}});
    f("threads", threads, "of one stage; 0: one for each processor core", {.min = 0, .max = 1024});
  }
};

/// The shape of a dense model; the vocabulary comes from the tokenizer.
struct ModelShape {
  std::int64_t hidden_size = 192;
  std::int64_t layers = 6;
  std::int64_t heads = 6;
  std::int64_t kv_heads = 6;
  std::int64_t head_dim = 0;
  std::int64_t ffn_size = 512;
  std::int64_t context = 256;
  double rope_theta = 10000;
  double rms_norm_eps = 1e-5;
  bool tie_embeddings = true;
  double init_std = 0.02;

  void fields(Fields& f) {
    f("hidden_size", hidden_size, "width of the residual stream", {.min = 1, .max = 1e6});
    f("layers", layers, "decoder layers", {.min = 1, .max = 4096});
    f("heads", heads, "query heads", {.min = 1, .max = 65536});
    f("kv_heads", kv_heads, "key and value heads; divides heads", {.min = 1, .max = 65536});
    f("head_dim", head_dim, "width of a head, even; 0: hidden_size / heads",
      {.min = 0, .max = 65536});
    f("ffn_size", ffn_size, "inner width of a feed-forward layer", {.min = 1, .max = 1e7});
    f("context", context, "longest sequence, in tokens",
      {.min = 2, .max = 1e7, .unit = Unit::tokens});
    f("rope_theta", rope_theta, "base of the rotary embedding", {.min = 1});
    f("rms_norm_eps", rms_norm_eps, "added under the root of RMSNorm", {.min = 0});
    f("tie_embeddings", tie_embeddings, "input and output embedding are one matrix");
    f("init_std", init_std,
      "deviation of new weights; projections into the residual stream get it / sqrt(2 layers)",
      {.min = 0});
  }
};

}  // namespace btx
