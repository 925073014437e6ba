#include "plan/estimate.hpp"

#include "mix/execute_plan.hpp"
#include "model_spec/costs.hpp"
#include "model_spec/exact_tensors.hpp"
#include "model_spec/router_info.hpp"
#include "model_spec/trained_tensors.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

namespace btx {
namespace {

constexpr double kLibTorchBytes = 350e6;  // resident size of a process that has LibTorch open
constexpr double kCudaHostBytes = 2.5e9;  // and of one that has its CUDA part open
constexpr double kKernelBytes = 350e6;
constexpr double kLogitBytes = 128.0 * (1 << 20);  // as kernels/aten/cross_entropy.cpp

/// Of a parameter that is trained or saved: the float32 master, and its copy in the compute type if
/// that is another.
double copies_bytes(const EngineConfig& engine) {
  return engine.dtype == ComputeType::bfloat16 ? 6 : 4;
}

/// Weights of a model that is not trained: one copy in the compute type, and masters of what is
/// read in float32.
double inference_bytes(const ModelConfig& model, const EngineConfig& engine) {
  const auto parameters = static_cast<double>(count_parameters(model));
  if (engine.dtype != ComputeType::bfloat16) return 4 * parameters;
  const auto names = exact_tensors(model);
  const std::set<std::string> exact(names.begin(), names.end());
  double masters = 0;
  for (const auto& tensor : all_tensors(model)) {
    if (exact.count(tensor.name) > 0) masters += static_cast<double>(tensor.elements());
  }
  return 2 * parameters + 4 * masters;
}

/// Parameters that have gradients.
double trained(const ModelConfig& model, const std::vector<std::string>& frozen) {
  if (frozen.empty()) return static_cast<double>(count_parameters(model));
  const auto names = trained_tensors(model, frozen);
  const std::set<std::string> kept(names.begin(), names.end());
  double count = 0;
  for (const auto& tensor : all_tensors(model)) {
    if (kept.count(tensor.name) > 0) count += static_cast<double>(tensor.elements());
  }
  return count;
}

double compute_bytes(const EngineConfig& engine) {
  return engine.dtype == ComputeType::bfloat16 ? 2 : 4;
}

/// Bytes kept a token and layer for the backward pass: residual stream and norms (6 D), q, k, v and
/// the attention's output and softmax statistics, gate, up and their product.
double activation_bytes(const ModelConfig& m, double experts_per_token,
                        const EngineConfig& engine) {
  const double experts = m.num_experts() > 0 ? experts_per_token : 1;
  const double attention = static_cast<double>((2 * m.num_heads + 2 * m.num_kv_heads) * m.head_dim);
  const double ffn = 4.0 * experts * static_cast<double>(m.ffn_size);
  const double width = 6.0 * static_cast<double>(m.hidden_size) * (1 + experts / 2);
  return compute_bytes(engine) * static_cast<double>(m.num_layers) * (width + attention + ffn);
}

/// What experts of a mixture, or the one FFN of a dense layer, run a token.
double ffns(const ModelConfig& m, double experts_per_token) {
  return m.num_experts() > 0 ? experts_per_token : 1;
}

/// Kernels of our own keep no intermediate results; a plan says what is so with them
/// (libbtx_cuda.so, kernels/cuda), wherever it is made.
bool own_kernels(const EngineConfig& engine) {
  return engine.kernels == KernelChoice::fast;
}

/// Where a model's operations keep what they do (kernels/aten): of a token and layer the inputs of
/// both norms and what follows them, queries, keys, values and attention's result, the FFN's first
/// product and, in a dense layer, what comes of it. Attention in float32 keeps its weights too.
double gpu_kept_bytes(const ModelConfig& m, double experts_per_token, const EngineConfig& engine,
                      double length) {
  const double c = compute_bytes(engine);
  const auto heads = static_cast<double>(m.num_heads);
  const auto ffn = static_cast<double>(m.ffn_size);
  const bool mixture = m.num_experts() > 0;
  const double attention =
      c * static_cast<double>((2 * m.num_heads + 2 * m.num_kv_heads) * m.head_dim) + 4 * heads;
  const double written_out = engine.dtype == ComputeType::bfloat16
                                 ? 0
                                 : 4 * heads * (length + 2 * static_cast<double>(m.head_dim));
  const double inner = c * ffn * (mixture ? 2 * experts_per_token : 3);
  // In plain ATen the gate reads a copy of its input in float32.
  const double copy = mixture && !own_kernels(engine) ? 4 : 0;
  const double width = (4 * c + copy) * static_cast<double>(m.hidden_size);
  return static_cast<double>(m.num_layers) * (width + attention + written_out + inner);
}

/// While the last layer's gradients are computed: those of the FFN's inner parts, and of all
/// experts' weights, which one product gives.
double gpu_backward_bytes(const ModelConfig& m, double experts_per_token,
                          const EngineConfig& engine, double tokens) {
  const double c = compute_bytes(engine);
  const auto width = static_cast<double>(m.hidden_size), ffn = static_cast<double>(m.ffn_size);
  const double rows = tokens * ffns(m, experts_per_token);
  const double inner = own_kernels(engine) ? 3 * ffn : m.num_experts() == 0 ? 5 * ffn : 6 * ffn;
  if (m.num_experts() == 0) return c * rows * (width + inner);
  return c * rows * (2 * width + inner) +
         c * static_cast<double>(m.num_experts()) * 2 * ffn * width;
}

/// While the loss is computed: the head's gradient, and the logits of a few rows; in plain ATen
/// three times, twice in float32.
double gpu_head_bytes(const ModelConfig& m, const EngineConfig& engine, double tokens) {
  const double c = compute_bytes(engine);
  const auto vocabulary = static_cast<double>(m.vocab_size);
  const double rows = std::min(tokens, std::max(64.0, kLogitBytes / (4 * vocabulary)));
  const auto width = static_cast<double>(m.hidden_size);
  return c * tokens * width + 4 * vocabulary * width +
         rows * vocabulary * (own_kernels(engine) ? c : 8 + c);
}

double gpu_training_bytes(const ModelConfig& m, double experts_per_token, const TrainConfig& train,
                          const EngineConfig& engine, double weights, double tokens) {
  const auto length = static_cast<double>(train.sequence_in(m.context));
  const double kept = gpu_kept_bytes(m, experts_per_token, engine, length) +
                      3 * compute_bytes(engine) * static_cast<double>(m.hidden_size);
  return weights + tokens * kept +
         std::max(gpu_head_bytes(m, engine, tokens),
                  gpu_backward_bytes(m, experts_per_token, engine, tokens));
}

}  // namespace

StageEstimate estimate_training(const ModelConfig& model, double experts_per_token,
                                const TrainConfig& train, const EngineConfig& engine,
                                bool first_pass) {
  StageEstimate e;
  e.parameters = count_parameters(model);
  e.active_parameters = count_active_parameters(model, experts_per_token);
  e.tokens = static_cast<double>(train.tokens_read());
  const std::int64_t length = train.sequence_in(model.context);
  e.flops = e.tokens *
            training_flops_per_token(model, experts_per_token, length, {train.frozen, first_pass});
  const auto parameters = static_cast<double>(e.parameters);
  // Masters and their copy; gradients and moments of what is trained.
  const double weights = parameters * copies_bytes(engine) + 12 * trained(model, train.frozen);
  const double tokens =
      static_cast<double>(std::min(train.batch_tokens, train.micro_batch * length));
  // oneDNN keeps a compiled kernel for each size of expert block (expert_blocks.hpp).
  const bool kernels = engine.dtype == ComputeType::bfloat16 &&
                       engine.device == DeviceChoice::cpu && model.num_experts() > 0;
  const double head = 12.0 * static_cast<double>(model.vocab_size * model.hidden_size);
  if (engine.device == DeviceChoice::cuda) {
    e.memory_bytes = kCudaHostBytes + 4 * parameters;  // as they are read and saved
    e.device_bytes = gpu_training_bytes(model, experts_per_token, train, engine, weights, tokens);
  } else {
    e.memory_bytes = kLibTorchBytes + (kernels ? kKernelBytes : 0) + weights + head +
                     tokens * activation_bytes(model, experts_per_token, engine) * 1.5;
  }
  e.disk_bytes = parameters * (4.0 + 12.0 * static_cast<double>(train.keep_checkpoints + 1));
  return e;
}

StageEstimate estimate_evaluation(const ModelConfig& model, double experts_per_token,
                                  const EvaluationSize& size, const EngineConfig& engine) {
  StageEstimate e;
  e.parameters = count_parameters(model);
  e.active_parameters = count_active_parameters(model, experts_per_token);
  const auto parameters = static_cast<double>(e.parameters);
  const double cache = 2 * compute_bytes(engine) * static_cast<double>(model.num_layers) *
                       static_cast<double>(model.num_kv_heads * model.head_dim);
  const double each =
      (size.masters ? copies_bytes(engine) * parameters : inference_bytes(model, engine)) +
      static_cast<double>(size.cached_tokens) * cache;
  const double bytes = static_cast<double>(size.models) * each +
                       static_cast<double>(size.batch_tokens) *
                           activation_bytes(model, experts_per_token, engine) /
                           static_cast<double>(model.num_layers) * 4;
  const bool gpu = engine.device == DeviceChoice::cuda;
  e.memory_bytes = gpu ? kCudaHostBytes + 4 * parameters : kLibTorchBytes + bytes;
  if (gpu) e.device_bytes = bytes;
  e.disk_bytes = 1e5;
  return e;
}

StageEstimate estimate_mix(const MixPlan& plan, const std::vector<MergeInput>& models,
                           double experts_per_token) {
  StageEstimate e;
  e.parameters = count_parameters(plan.config);
  e.active_parameters = count_active_parameters(plan.config, experts_per_token);
  e.memory_bytes = 50e6 + static_cast<double>(plan_peak_bytes(plan, models));
  e.disk_bytes = 4.0 * static_cast<double>(e.parameters);
  return e;
}

}  // namespace btx
