#include "train/adamw.hpp"

#include "base/text.hpp"
#include "kernels/cpu/rows.hpp"

#include <btx/error.hpp>

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace btx {
namespace {

constexpr std::int64_t kBlock = 1 << 16;

/// The same update by plain ATen, for devices without a kernel of ours.
void step_by_ops(const at::Tensor& w, const at::Tensor& gradient, const at::Tensor& m,
                 const at::Tensor& v, const cpu::AdamWStep& s) {
  const at::Tensor g = gradient * s.gradient_scale;
  m.mul_(s.beta1).add_(g, 1.0 - s.beta1);
  v.mul_(s.beta2).addcmul_(g, g, 1.0 - s.beta2);
  const at::Tensor denominator = (v / s.correction2).sqrt_().add_(s.epsilon);
  w.mul_(1.0 - s.lr * s.weight_decay).addcdiv_(m, denominator, -s.lr / s.correction1);
}

}  // namespace

std::size_t AdamW::group_of(const std::string& tensor, const TrainConfig& config) const {
  for (std::size_t i = 0; i < config.group.size(); ++i) {
    for (const auto& glob : config.group[i].match) {
      if (glob_match(glob, tensor)) return i + 1;
    }
  }
  return 0;
}

AdamW::AdamW(Parameters& parameters, const TrainConfig& config)
    : parameters_(parameters),
      beta1_(config.beta1),
      beta2_(config.beta2),
      epsilon_(config.epsilon) {
  groups_.push_back({"default", 1.0, config.weight_decay});
  for (const auto& group : config.group) {
    const double decay = group.weight_decay < 0 ? config.weight_decay : group.weight_decay;
    groups_.push_back({group.name, group.lr_factor, decay});
  }
  for (const auto& entry : parameters.entries()) {
    if (!entry.trained) continue;
    Group& group = groups_[group_of(entry.info.name, config)];
    ++group.tensors;
    const double decay = entry.info.shape.size() >= 2 ? group.weight_decay : 0.0;
    const std::int64_t end = entry.offset + entry.info.elements();
    if (!segments_.empty() && segments_.back().lr_factor == group.lr_factor &&
        segments_.back().weight_decay == decay && segments_.back().end == entry.offset &&
        segments_.back().gradient + entry.offset - segments_.back().begin ==
            entry.gradient_offset) {
      segments_.back().end = end;
    } else {
      segments_.push_back({entry.offset, end, entry.gradient_offset, group.lr_factor, decay});
    }
  }
  for (std::size_t i = 1; i < groups_.size(); ++i) {
    if (groups_[i].tensors > 0) continue;
    throw Error(
        ExitCode::usage,
        fmt::format("train.group '{}': its globs match no tensor of the model (or only ones "
                    "that an earlier group has); names look like '{}'",
                    groups_[i].name, parameters.entries().front().info.name));
  }
  m_ = at::zeros_like(parameters.gradient());
  v_ = at::zeros_like(parameters.gradient());
}

void AdamW::step(std::int64_t step, double lr, double gradient_scale) {
  const auto t = static_cast<double>(step);
  cpu::AdamWStep s{};
  s.beta1 = static_cast<float>(beta1_);
  s.beta2 = static_cast<float>(beta2_);
  s.epsilon = static_cast<float>(epsilon_);
  s.correction1 = static_cast<float>(1.0 - std::pow(beta1_, t));
  s.correction2 = static_cast<float>(1.0 - std::pow(beta2_, t));
  s.gradient_scale = static_cast<float>(gradient_scale);
  const at::Tensor& w = parameters_.master();
  const at::Tensor& g = parameters_.gradient();
  const bool on_cpu = w.device().is_cpu() && w.scalar_type() == at::kFloat;
  for (const auto& segment : segments_) {
    s.lr = static_cast<float>(lr * segment.lr_factor);
    s.weight_decay = static_cast<float>(segment.weight_decay);
    const std::int64_t size = segment.end - segment.begin;
    if (!on_cpu) {
      const auto part = [&](const at::Tensor& x) { return x.narrow(0, segment.gradient, size); };
      step_by_ops(w.narrow(0, segment.begin, size), part(g), part(m_), part(v_), s);
      continue;
    }
    at::parallel_for(0, size, kBlock, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t at = segment.gradient + begin;
      cpu::kernels().adamw(w.data_ptr<float>() + segment.begin + begin, g.data_ptr<float>() + at,
                           m_.data_ptr<float>() + at, v_.data_ptr<float>() + at, end - begin, s);
    });
  }
  parameters_.refresh();
}

std::vector<std::string> AdamW::describe() const {
  std::vector<std::string> lines;
  for (const auto& group : groups_) {
    lines.push_back(fmt::format("{}: {} tensors, lr x {}, decay {}", group.name, group.tensors,
                                group.lr_factor, group.weight_decay));
  }
  return lines;
}

double gradient_norm(const Parameters& parameters) {
  const at::Tensor& g = parameters.gradient();
  if (!g.device().is_cpu() || g.scalar_type() != at::kFloat) {
    return g.to(at::kDouble).norm().item<double>();
  }
  const std::int64_t blocks = (g.numel() + kBlock - 1) / kBlock;
  std::vector<double> sums(static_cast<std::size_t>(blocks));
  at::parallel_for(0, blocks, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t block = first; block < last; ++block) {
      const std::int64_t begin = block * kBlock;
      sums[static_cast<std::size_t>(block)] = cpu::kernels().sum_of_squares(
          g.const_data_ptr<float>() + begin, std::min(kBlock, g.numel() - begin));
    }
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return std::sqrt(total);
}

double learning_rate(const TrainConfig& config, std::int64_t step, std::int64_t total) {
  const auto warmup =
      static_cast<std::int64_t>(std::ceil(config.warmup_fraction * static_cast<double>(total)));
  if (step < warmup) {
    return config.lr * static_cast<double>(step + 1) / static_cast<double>(warmup);
  }
  if (config.schedule == "constant") return config.lr;
  const double progress = static_cast<double>(step - warmup) /
                          static_cast<double>(std::max<std::int64_t>(1, total - warmup));
  const double wave = 0.5 * (1.0 + std::cos(std::numbers::pi * progress));
  return config.lr * (config.min_lr_factor + (1.0 - config.min_lr_factor) * wave);
}

}  // namespace btx
