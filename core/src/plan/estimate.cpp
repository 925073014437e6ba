#include "plan/estimate.hpp"

#include "mix/execute_plan.hpp"
#include "model_spec/costs.hpp"

#include <algorithm>
#include <cmath>

namespace btx {
namespace {

constexpr double kLibTorchBytes = 350e6;  // resident size of a process that has LibTorch open
constexpr double kCudaHostBytes = 2.5e9;  // and of one that has its CUDA part open
constexpr double kKernelBytes = 350e6;

/// Says where what a model takes is: in the machine's memory, or in a GPU's. Host memory then has
/// a copy of the parameters, while they are read or written.
void place(double bytes, double parameters, const EngineConfig& engine, StageEstimate& e) {
  if (engine.device == DeviceChoice::cuda) {
    e.memory_bytes = kCudaHostBytes + 4 * parameters;
    e.device_bytes = bytes;
  } else {
    e.memory_bytes = kLibTorchBytes + bytes;
  }
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
  const double weights = 16.0 + (engine.dtype == ComputeType::bfloat16 ? 2.0 : 0.0);
  const double tokens =
      static_cast<double>(std::min(train.batch_tokens, train.micro_batch * length));
  // oneDNN keeps a compiled kernel for each size of expert block (expert_blocks.hpp).
  const bool kernels = engine.dtype == ComputeType::bfloat16 &&
                       engine.device == DeviceChoice::cpu && model.num_experts() > 0;
  const double head = 12.0 * static_cast<double>(model.vocab_size * model.hidden_size);
  place((kernels ? kKernelBytes : 0) + parameters * weights + head +
            tokens * activation_bytes(model, experts_per_token, engine) * 1.5,
        parameters, engine, e);
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
      parameters * (4.0 + compute_bytes(engine)) + static_cast<double>(size.cached_tokens) * cache;
  place(static_cast<double>(size.models) * each +
            static_cast<double>(size.batch_tokens) *
                activation_bytes(model, experts_per_token, engine) /
                static_cast<double>(model.num_layers) * 4,
        parameters, engine, e);
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
