// The operations that have a version of their own for CPUs, against the reference, forward and
// backward, in turns in one process, on the shapes of the quickstart: each is faster; two are
// mostly products of the same library, and must not be slower. Prints a line each; ends with 1 if
// one is not so.
#include "base/program.hpp"
#include "kernels/ops.hpp"
#include "kernels/support.hpp"
#include "model/engine.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/outer.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>

using namespace btx;
using namespace btx_test;

namespace {

constexpr std::int64_t kTokens = 256, kSequences = 8, kRows = kTokens * kSequences;
constexpr std::int64_t kHidden = 192, kFfn = 512, kVocabulary = 4096, kExperts = 4;
constexpr int kTurns = 7;
constexpr double kFaster = 1.1, kNotSlower = 0.8;

using Operation = std::function<void(const Ops&)>;

double seconds(const Operation& operation, const Ops& ops) {
  const auto start = std::chrono::steady_clock::now();
  operation(ops);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Whether the best turn of the CPU's version is so many times as fast as the best of the
/// reference.
bool faster(const char* name, const Operation& operation, double least = kFaster) {
  operation(cpu_ops());
  operation(reference_ops());
  double fast = 1e9, plain = 1e9;
  for (int turn = 0; turn < kTurns; ++turn) {
    fast = std::min(fast, seconds(operation, cpu_ops()));
    plain = std::min(plain, seconds(operation, reference_ops()));
  }
  fmt::print("{:14} {:8.2f} ms, reference {:8.2f} ms, {:5.2f} times as fast\n", name, 1e3 * fast,
             1e3 * plain, plain / fast);
  return plain > least * fast;
}

/// Forward and backward, with a gradient of ones.
void both_ways(const at::Tensor& out) {
  out.backward(at::ones(out.sizes(), out.options()));
}

bool all_faster(at::ScalarType type) {
  const auto activations = [&](std::int64_t width) {
    return leaf({kRows, width}, 1).detach().to(type).set_requires_grad(true);
  };
  const auto parameter = [&](at::IntArrayRef shape) {
    Weight made = weight(leaf(shape, 2, 0.05), type);
    made.master.mutable_grad() = at::zeros_like(made.master);
    return made;
  };
  const at::Tensor x = activations(kHidden), wide = activations(2 * kFfn);
  const at::Tensor qkv = activations(320);
  const Weight norm = parameter({kHidden}), head = parameter({kVocabulary, kHidden});
  const Weight up = parameter({kExperts, 2 * kFfn, kHidden});
  const Weight down = parameter({kExperts, kHidden, kFfn});
  const at::Tensor angles = at::outer(at::arange(kTokens, at::kFloat), at::arange(16, at::kFloat));
  const at::Tensor targets = at::arange(kRows, at::kLong);
  const at::Tensor slots = at::arange(2 * kRows, at::kLong).view({kRows, 2}) * 5 % kExperts;
  const Dispatch dispatch{slots, at::full({kRows, 2}, 0.5, at::kFloat)};
  const AdamWStep step{0.01F, 0.9F, 0.95F, 1e-8F, 0.1F, 0.1F, 0.05F, 1.0F};
  const at::Tensor flat = at::full({1 << 21}, 0.1, at::kFloat), gradient = flat.clone();
  const at::Tensor m = flat.clone(), v = flat.clone(), copy = flat.to(at::kBFloat16);

  bool all = true;
  all &= faster("rms_norm", [&](const Ops& o) { both_ways(o.rms_norm(x, norm, 1e-5)); });
  all &= faster(
      "swiglu", [&](const Ops& o) { both_ways(o.swiglu(wide)); }, kNotSlower);
  all &= faster("attention", [&](const Ops& o) {
    both_ways(o.attention(qkv, {kSequences, 6, 2, 32}, angles.cos(), angles.sin()));
  });
  all &= faster(
      "expert_ffn", [&](const Ops& o) { both_ways(o.expert_ffn(x, up, down, dispatch)); },
      kNotSlower);
  all &= faster(
      "cross_entropy", [&](const Ops& o) { both_ways(o.cross_entropy(x, head, targets)); },
      kNotSlower);
  all &= faster("adamw", [&](const Ops& o) { o.adamw(step, flat, gradient, m, v, copy); });
  return all;
}

}  // namespace

int main() try {
  keep_freed_memory();
  bool all = true;
  const bool has_bfloat16 = decide_engine({}).dtype == ComputeType::bfloat16;
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    if (type == at::kBFloat16 && !has_bfloat16) continue;
    fmt::print("{}, {} threads\n", type == at::kFloat ? "float32" : "bfloat16",
               at::get_num_threads());
    all &= all_faster(type);
  }
  if (!all) fmt::print("FAILED: one is not as fast as it should be\n");
  return all ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
