// What btx computes of a checkpoint, through the product's own loading, model, optimizer and
// training loop, written down to be compared with another program.
//
//   peer_probe MODEL_FOLDER TASK.json OUT_FOLDER
//
// TASK has "threads" and any of
//   "logits":   {"tokens": [[id, ...], ...]}                    -> logits.safetensors
//   "step":     {"tokens": ..., "targets": ... (< 0: not scored)} -> gradients.safetensors, "loss"
//   "generate": {"prompts": [[id, ...], ...] of one length, "count": n} -> "generated"
//   "train":    {"file": token file, "seed": n, "config": as [train]} -> "sequences", metrics.jsonl
// and what stands in quotes on the right goes into OUT_FOLDER/answers.json.
#include "base/file.hpp"
#include "config/config.hpp"
#include "model/gradient_of.hpp"
#include "model/load.hpp"
#include "plugin/loader.hpp"
#include "train/trainer.hpp"

#include <btx/error.hpp>
#include <btx/random.hpp>

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <fmt/format.h>

#include <cstdio>
#include <exception>

namespace btx {
namespace {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// Rows of whole numbers as [rows, columns] int64.
at::Tensor matrix_of(const Value& rows) {
  const auto& array = rows.as<Array>();
  const auto width = static_cast<std::int64_t>(array.at(0).as<Array>().size());
  at::Tensor matrix = at::empty({static_cast<std::int64_t>(array.size()), width}, at::kLong);
  auto* out = matrix.data_ptr<std::int64_t>();
  for (const auto& row : array) {
    for (const auto& number : row.as<Array>()) *out++ = number.as<std::int64_t>();
  }
  return matrix;
}

Value rows_of(const at::Tensor& matrix) {
  Array rows;
  const auto* numbers = matrix.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < matrix.size(0); ++i, numbers += matrix.size(1)) {
    rows.emplace_back(Array(numbers, numbers + matrix.size(1)));
  }
  return Value(std::move(rows));
}

void write_tensors(const fs::path& file, const NamedTensors& tensors) {
  std::vector<TensorInfo> infos;
  for (const auto& [name, tensor] : tensors) {
    infos.push_back({name, DType::float32, tensor.sizes().vec()});
  }
  SafetensorsWriter writer(file, infos);
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor flat = tensor.contiguous();
    writer.append(flat.const_data_ptr(), flat.nbytes());
  }
  writer.close();
}

/// [rows, T, D], after the last norm.
at::Tensor hidden_of(const LoadedModel& model, const at::Tensor& tokens, ForwardPass& pass) {
  Batch batch;
  batch.tokens = tokens;
  return model.decoder->hidden(batch, pass).view({tokens.size(0), tokens.size(1), -1});
}

at::Tensor logits_of(const LoadedModel& model, const at::Tensor& hidden) {
  const bool tied = model.config.tie_embeddings;
  const std::string head = tied ? "model.embed_tokens.weight" : "lm_head.weight";
  return at::matmul(hidden, model.parameters->view(head).t());
}

void write_logits(const LoadedModel& model, const Value& task, const fs::path& out) {
  const at::NoGradGuard no_gradient;
  ForwardPass pass;
  const at::Tensor hidden = hidden_of(model, matrix_of(task.at("tokens")), pass);
  NamedTensors all = {{"logits", logits_of(model, hidden)}};
  for (std::size_t i = 0; i < pass.sites.size(); ++i) {
    all.emplace_back(fmt::format("router.{}", i), pass.sites[i].logits);
  }
  write_tensors(out / "logits.safetensors", all);
}

/// The likeliest next token, `count` times; every time from the whole text so far.
Value generate(const LoadedModel& model, const Value& task) {
  const at::NoGradGuard no_gradient;
  at::Tensor tokens = matrix_of(task.at("prompts"));
  const std::int64_t prompt = tokens.size(1);
  for (std::int64_t i = 0; i < task.at("count").as<std::int64_t>(); ++i) {
    ForwardPass pass;
    const at::Tensor last = hidden_of(model, tokens, pass).select(1, tokens.size(1) - 1);
    tokens = at::cat({tokens, logits_of(model, last).argmax(-1, true)}, 1);
  }
  return rows_of(tokens.narrow(1, prompt, tokens.size(1) - prompt).contiguous());
}

/// Writes the gradients of the mean loss over what is scored; returns the loss.
double step(const LoadedModel& model, const Value& task, const fs::path& out) {
  Batch batch;
  batch.tokens = matrix_of(task.at("tokens"));
  batch.targets = matrix_of(task.at("targets"));
  ForwardPass pass;
  pass.training = true;
  const at::Tensor scored = (batch.targets >= 0).sum();
  const at::Tensor loss = model.decoder->loss(batch, pass).sum() / scored;
  model.parameters->zero_gradient();
  loss.backward();
  NamedTensors gradients;
  for (const auto& entry : model.parameters->entries()) {
    gradients.emplace_back(entry.info.name,
                           btx_test::gradient_of(*model.parameters, entry.info.name));
  }
  write_tensors(out / "gradients.safetensors", gradients);
  return loss.item<double>();
}

/// The sequences the trainer visits, in order: the ids of [steps x sequences of a step].
Value visited(const TokenFile& file, const LoadedModel& model, const TrainConfig& config,
              std::uint64_t seed) {
  const std::int64_t length = model.config.context;
  DataBlend blend({{"text", &file, 1}}, length, random_key(seed, "data"));
  Array sequences;
  std::vector<std::int64_t> row(static_cast<std::size_t>(length) + 1);
  for (std::int64_t i = 0; i < config.tokens / length; ++i) {
    blend.sequence(i, row);
    sequences.emplace_back(Array(row.begin(), row.end()));
  }
  return Value(std::move(sequences));
}

void train(const LoadedModel& model, const Value& task, const fs::path& out, Value& answers) {
  const TokenFile file(task.at("file").as<std::string>());
  const auto config = read_config<TrainConfig>(task.at("config"), "train.config");
  const auto seed = static_cast<std::uint64_t>(task.at("seed").as<std::int64_t>());
  Balances balances({}, BalanceScope::global);
  const TrainingData data{{{"text", &file, 1}}, {}};
  MetricsLog metrics(out, "peers", "train");
  const auto alone = single_process();
  Trainer({.title = "train",
           .decoder = *model.decoder,
           .parameters = *model.parameters,
           .balances = balances,
           .data = data,
           .config = config,
           .seed = seed,
           .metrics = metrics,
           .processes = *alone})
      .run(out / "checkpoints");
  answers.set("sequences", visited(file, model, config, seed));
}

void probe(const fs::path& folder, const fs::path& task_file, const fs::path& out) {
  const Value task = from_json(read_file(task_file), task_file.string());
  load_plugins({fs::path(BTX_BUILD_DIR) / "plugins"});
  const bool trained = task.find("step") != nullptr || task.find("train") != nullptr;
  at::set_num_threads(static_cast<int>(task.at("threads").as<std::int64_t>()));
  const EngineConfig engine{DeviceChoice::cpu, ComputeType::float32, KernelChoice::fast};
  const LoadedModel model = load_model(ModelFolder(folder), engine, {trained, {}});
  Value answers;
  if (const Value* given = task.find("logits")) write_logits(model, *given, out);
  if (const Value* given = task.find("generate")) answers.set("generated", generate(model, *given));
  if (const Value* given = task.find("step")) answers.set("loss", Value(step(model, *given, out)));
  if (const Value* given = task.find("train")) train(model, *given, out, answers);
  write_file(out / "answers.json", to_json(answers) + "\n");
}

}  // namespace
}  // namespace btx

int main(int count, char** arguments) {
  if (count != 4) {
    std::fputs("usage: peer_probe MODEL_FOLDER TASK.json OUT_FOLDER\n", stderr);
    return 2;
  }
  try {
    btx::probe(arguments[1], arguments[2], arguments[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "peer_probe: %s\n", error.what());
    return 1;
  }
  return 0;
}
