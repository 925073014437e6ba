// The model on a GPU computes what it computes on the CPU. Ends with code 77, which CTest reads as
// "skipped", where no GPU is seen.
#define DOCTEST_CONFIG_IMPLEMENT
#include "base/machine/gpus.hpp"
#include "kernels/choose.hpp"
#include "kernels/support.hpp"
#include "kernels/tables.hpp"
#include "model/checks.hpp"
#include "model/load.hpp"
#include "model/wrong_router.hpp"
#include "train/adamw.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <doctest/doctest.h>

#include <cstdio>

using namespace btx;
using namespace btx_test;

namespace btx_test {

using namespace btx;

// The rows of tests/kernels/ops_test.cpp, which this program holds too.
std::vector<Table> tables_under_test() {
  std::vector<Table> tables = {{"aten", aten_ops(), at::kCUDA}};
  const Ops& fast = ops_for(KernelChoice::fast, at::kCUDA, at::kFloat);
  if (&fast != &aten_ops()) tables.push_back({"cuda", fast, at::kCUDA});
  return tables;
}

}  // namespace btx_test

namespace {

/// A model with the same numbers on either device.
struct Pair {
  explicit Pair(std::int64_t experts, Granularity granularity = Granularity::ffn,
                at::ScalarType type = at::kFloat)
      : cpu(experts, type, reference_ops(), 2, granularity),
        config(small_config(experts, granularity)),
        parameters(small_tensors(config), type, at::kCUDA,
                   [](const std::string& /*name*/) { return true; }),
        decoder(config, parameters, ops_for(KernelChoice::fast, at::kCUDA, type),
                experts > 0 ? top_k(2) : Component<Router>()) {
    parameters.master().copy_(cpu.parameters.master());
    parameters.refresh();
  }
  SmallModel cpu;
  ModelConfig config;
  Parameters parameters;
  Decoder decoder;
};

Batch on_gpu(const Batch& batch) {
  Batch moved = batch;
  moved.tokens = batch.tokens.to(at::kCUDA);
  moved.targets = batch.targets.to(at::kCUDA);
  return moved;
}

}  // namespace

TEST_CASE("loss and gradients on the GPU are the CPU's") {
  for (const std::int64_t experts : {0, 3}) {
    Pair pair(experts);
    const Batch batch = small_batch(3);
    const at::Tensor here = mean_loss(pair.cpu.decoder, batch);
    const at::Tensor there = mean_loss(pair.decoder, on_gpu(batch));
    CHECK(there.item<double>() == doctest::Approx(here.item<double>()).epsilon(1e-4));
    here.backward();
    there.backward();
    CHECK(error(pair.parameters.gradient().cpu(), pair.cpu.parameters.gradient()) < 1e-3);
  }
}

TEST_CASE("every granularity routes on the GPU as on the CPU") {
  for (const auto granularity : {Granularity::linear, Granularity::model}) {
    Pair pair(3, granularity);
    const Batch batch = small_batch(2);
    ForwardPass here, there;
    const at::Tensor a = pair.cpu.decoder.hidden(batch, here);
    const at::Tensor b = pair.decoder.hidden(on_gpu(batch), there);
    CHECK(error(b.cpu(), a) < 1e-3);
  }
}

TEST_CASE("an expert that does not exist is an error where the results are read") {
  const ModelConfig config = small_config(3);
  Parameters parameters(small_tensors(config), at::kFloat, at::kCUDA);
  const Decoder decoder(config, parameters, aten_ops(), wrong_router(3));
  ForwardPass pass;
  decoder.hidden(on_gpu(small_batch(2)), pass);
  CHECK_THROWS_AS(decoder.check_routing(pass), Error);
}

TEST_CASE("bfloat16 on the GPU is near the CPU's, and the same bits twice") {
  for (const std::int64_t experts : {0, 3}) {
    Pair pair(experts, Granularity::ffn, at::kBFloat16);
    const Batch batch = small_batch(4);
    mean_loss(pair.cpu.decoder, batch).backward();
    const auto gradient = [&] {
      pair.parameters.zero_gradient();
      mean_loss(pair.decoder, on_gpu(batch)).backward();
      return pair.parameters.gradient().cpu().clone();
    };
    const at::Tensor first = gradient();
    CHECK(error(first, pair.cpu.parameters.gradient()) < 0.1);
    CHECK(at::equal(first, gradient()));
  }
}

TEST_CASE("tokens that go on from kept keys and values get what the whole sequence gives them") {
  for (const std::int64_t experts : {0, 3}) {
    Pair pair(experts);
    const at::NoGradGuard no_gradient;
    const Batch whole = on_gpu(small_batch(2));
    const std::int64_t tokens = whole.tokens.size(1);
    const at::Tensor place = at::arange(tokens, whole.tokens.options());
    KeyValueCache cache(pair.config.num_layers);
    std::vector<at::Tensor> parts;
    for (const auto& [first, count] : {std::pair<std::int64_t, std::int64_t>{0, 4}, {4, 3}}) {
      Batch part;
      part.tokens = whole.tokens.narrow(1, first, count);
      part.positions = place.narrow(0, first, count).expand({2, count});
      const at::Tensor visible =
          (place.narrow(0, 0, first + count).view({1, 1, -1}) <= part.positions.unsqueeze(2));
      ForwardPass pass;
      parts.push_back(pair.decoder.extend(part, visible, cache, pass)
                          .view({2, count, pair.config.hidden_size}));
    }
    ForwardPass pass;
    const at::Tensor all = pair.decoder.hidden(whole, pass);
    CHECK(error(at::cat(parts, 1).view_as(all), all) < 1e-4);
  }
}

TEST_CASE("an optimizer step on the GPU is the CPU's") {
  Pair pair(3);
  TrainConfig config;
  AdamW here(pair.cpu.parameters, config);
  AdamW there(pair.parameters, config);
  mean_loss(pair.cpu.decoder, small_batch(3)).backward();
  pair.parameters.gradient().copy_(pair.cpu.parameters.gradient());
  here.step(1, 1e-2, 0.5);
  there.step(1, 1e-2, 0.5);
  CHECK(error(pair.parameters.master().cpu(), pair.cpu.parameters.master()) < 1e-5);
}

int main(int argc, char** argv) {
  if (gpus().empty()) {
    std::puts("skipped: the driver shows no GPU");
    return 77;
  }
  EngineConfig engine;
  engine.device = DeviceChoice::cuda;
  engine.dtype = ComputeType::float32;
  engine.kernels = KernelChoice::aten;
  try {
    open_engine(engine);
  } catch (const Error& error) {
    std::printf("skipped: %s\n", error.what());
    return 77;
  }
  // Kernels of our own that are there and cannot be used are a failure.
  try {
    engine.kernels = KernelChoice::fast;
    open_engine(engine);
  } catch (const Error& error) {
    std::printf("FAILED: %s\n", error.what());
    return 1;
  }
  return doctest::Context(argc, argv).run();
}
