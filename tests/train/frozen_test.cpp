// Frozen tensors: no gradient, no moments, no change.
#include "kernels/support.hpp"
#include "model/checks.hpp"
#include "train/adamw.hpp"

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

bool starts(const std::string& name, const char* head) {
  return name.find(head) != std::string::npos;
}

/// Master values before and after one step of training.
struct Step {
  explicit Step(const Parameters::Chosen& trained)
      : model(3, at::kFloat, cpu_ops(), 2, Granularity::ffn, trained) {
    before = model.parameters.master().clone();
    TrainConfig config;
    config.weight_decay = 0.5;
    AdamW optimizer(model.parameters, config);
    moments = optimizer.m().numel();
    mean_loss(model.decoder, small_batch(2)).backward();
    model.parameters.drop_frozen_gradients();
    optimizer.step(1, 1e-2, 1.0);
  }
  bool changed(const Parameters::Entry& entry) const {
    const auto part = [&](const at::Tensor& x) {
      return x.narrow(0, entry.offset, entry.info.elements());
    };
    return !part(before).equal(part(model.parameters.master()));
  }
  SmallModel model;
  at::Tensor before;
  std::int64_t moments = 0;
};

}  // namespace

TEST_CASE("only trained tensors change, and frozen ones have neither gradient nor moments") {
  const Step step([](const std::string& name) { return !starts(name, ".experts."); });
  std::int64_t trained = 0;
  for (const auto& entry : step.model.parameters.entries()) {
    CAPTURE(entry.info.name);
    const bool expert = starts(entry.info.name, ".experts.");
    CHECK(step.changed(entry) == !expert);
    CHECK(step.model.gradient(entry.info.name).defined() == !expert);
    if (!expert) trained += entry.info.elements();
  }
  CHECK(step.moments == trained);
  CHECK(step.model.parameters.gradient().numel() == trained);
}

TEST_CASE("of tensors that are used as one matrix, some can be frozen") {
  const auto frozen = [](const std::string& name) {
    return starts(name, ".experts.1.") || starts(name, ".k_proj.");
  };
  const Step step([&](const std::string& name) { return !frozen(name); });
  for (const auto& entry : step.model.parameters.entries()) {
    CAPTURE(entry.info.name);
    CHECK(step.changed(entry) == !frozen(entry.info.name));
  }
}

TEST_CASE("gradients of what is trained are the same whatever is frozen beside it") {
  SmallModel all(3, at::kDouble, reference_ops());
  SmallModel some(3, at::kDouble, reference_ops(), 2, Granularity::ffn,
                  [](const std::string& name) { return starts(name, ".gate.weight"); });
  mean_loss(all.decoder, small_batch(2)).backward();
  mean_loss(some.decoder, small_batch(2)).backward();
  for (const std::int64_t layer : {0, 1}) {
    const std::string gate = tensor_names::gate(layer);
    CHECK(error(some.gradient(gate), all.gradient(gate)) < 1e-12);
  }
}
