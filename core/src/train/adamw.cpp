#include "train/adamw.hpp"

#include "kernels/choose.hpp"
#include "recipe/training_fault.hpp"

#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <string>

namespace btx {

AdamW::AdamW(Parameters& parameters, const TrainConfig& config)
    : parameters_(parameters),
      ops_(ops_for(parameters.master())),
      beta1_(config.beta1),
      beta2_(config.beta2),
      epsilon_(config.epsilon) {
  std::vector<std::string> names, trained;
  for (const auto& entry : parameters.entries()) {
    names.push_back(entry.info.name);
    if (!entry.trained) continue;
    trained.push_back(entry.info.name);
    const std::size_t index = group_of(config.group, entry.info.name);
    const ParameterGroup group =
        index < config.group.size() ? config.group[index] : ParameterGroup{};
    const double decay = group.weight_decay < 0 ? config.weight_decay : group.weight_decay;
    add(entry, group.lr_factor, entry.info.shape.size() >= 2 ? decay : 0.0);
  }
  throw_if(group_fault(config.group, names, trained));
  m_ = at::zeros_like(parameters.gradient());
  v_ = at::zeros_like(parameters.gradient());
}

void AdamW::add(const Parameters::Entry& entry, double lr_factor, double weight_decay) {
  const std::int64_t begin = entry.master_offset, end = begin + entry.info.elements();
  if (!segments_.empty()) {
    Segment& last = segments_.back();
    const bool neighbours =
        last.end == begin && last.gradient + begin - last.begin == entry.gradient_offset;
    if (neighbours && last.lr_factor == lr_factor && last.weight_decay == weight_decay) {
      last.end = end;
      return;
    }
  }
  segments_.push_back({begin, end, entry.gradient_offset, lr_factor, weight_decay});
}

void AdamW::step(std::int64_t step, double lr, double gradient_scale) {
  const auto t = static_cast<double>(step);
  AdamWStep s{};
  s.beta1 = static_cast<float>(beta1_);
  s.beta2 = static_cast<float>(beta2_);
  s.epsilon = static_cast<float>(epsilon_);
  s.correction1 = static_cast<float>(1.0 - std::pow(beta1_, t));
  s.correction2 = static_cast<float>(1.0 - std::pow(beta2_, t));
  s.gradient_scale = static_cast<float>(gradient_scale);
  for (const auto& segment : segments_) {
    s.lr = static_cast<float>(lr * segment.lr_factor);
    s.weight_decay = static_cast<float>(segment.weight_decay);
    const std::int64_t size = segment.end - segment.begin;
    const auto part = [&](const at::Tensor& x) { return x.narrow(0, segment.gradient, size); };
    ops_.adamw(s, parameters_.master().narrow(0, segment.begin, size), part(parameters_.gradient()),
               part(m_), part(v_), parameters_.copy_of(segment.begin, size));
  }
}

double gradient_norm(const Parameters& parameters) {
  const at::Tensor& gradient = parameters.gradient();
  return std::sqrt(ops_for(gradient).sum_of_squares(gradient).item<double>());
}

}  // namespace btx
