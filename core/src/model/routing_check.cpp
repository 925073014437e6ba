#include "model/routing_check.hpp"

#include <btx/error.hpp>

#include <ATen/TensorOperators.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace btx {
namespace {

[[noreturn]] void broken(const std::string& who, const std::string& what) {
  throw Error(ExitCode::plugin, fmt::format("{}: route() broke its contract: {}", who, what));
}

[[noreturn]] void broken_experts(const std::string& who, std::int64_t experts) {
  broken(who, fmt::format("slots and chosen must be experts from 0 to {}, or -1", experts - 1));
}

std::string shape_of(const at::Tensor& t) {
  return t.defined() ? fmt::format("[{}]", fmt::join(t.sizes(), ", ")) : "nothing";
}

bool is_matrix(const at::Tensor& t, std::int64_t rows) {
  return t.defined() && t.dim() == 2 && t.size(0) == rows;
}

/// Whether each index is neither an expert nor -1, in the shape of `slots`.
at::Tensor outside(const at::Tensor& slots, std::int64_t experts) {
  return (slots < -1) | (slots >= experts);
}

}  // namespace

void check_routing_shapes(const std::string& who, const Routing& r, const at::Tensor& logits) {
  const std::int64_t tokens = logits.size(0), experts = logits.size(1);
  if (!is_matrix(r.slots, tokens)) {
    broken(who, fmt::format("slots must be [{}, K], got {}", tokens, shape_of(r.slots)));
  }
  if (r.slots.scalar_type() != at::kLong) broken(who, "slots must be int64");
  if (!r.weights.defined() || r.weights.sizes() != r.slots.sizes()) {
    broken(who, fmt::format("weights must have the shape of slots, {}", shape_of(r.slots)));
  }
  if (r.weights.scalar_type() != logits.scalar_type()) {
    broken(who, "weights must be float32, as the logits are");
  }
  if (!is_matrix(r.probabilities, tokens) || r.probabilities.size(1) != experts) {
    broken(who, fmt::format("probabilities must be [{}, {}]", tokens, experts));
  }
  if (r.probabilities.scalar_type() != logits.scalar_type()) {
    broken(who, "probabilities must be float32, as the logits are");
  }
  if (!r.chosen.defined()) return;
  if (!is_matrix(r.chosen, tokens)) {
    broken(who, fmt::format("chosen must be [{}, K], got {}", tokens, shape_of(r.chosen)));
  }
  if (r.chosen.scalar_type() != at::kLong) broken(who, "chosen must be int64");
}

void check_experts_now(const std::string& who, const at::Tensor& slots, std::int64_t experts) {
  if (outside(slots, experts).any().item<bool>()) broken_experts(who, experts);
}

void note_missing_experts(at::Tensor& slots, std::int64_t experts, at::Tensor& missing) {
  const at::Tensor bad = outside(slots, experts);
  missing = missing.defined() ? missing | bad.any() : bad.any();
  slots = slots.masked_fill(bad, -1);
}

void check_missing_experts(const std::string& who, const at::Tensor& missing,
                           std::int64_t experts) {
  if (missing.defined() && missing.item<bool>()) broken_experts(who, experts);
}

}  // namespace btx
