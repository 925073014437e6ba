// difference() of merges.hpp, which takes the plugins that a test names; these names are not here.
#include "model/load.hpp"
#include "model/plain_engine.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>

namespace btx_test {

using namespace btx;

namespace {

/// Final hidden states of a few tokens.
at::Tensor hidden(const ModelFolder& folder) {
  const at::NoGradGuard no_gradient;
  const LoadedModel model = load_model(folder, plain_engine(), {});
  Batch batch;
  batch.tokens = (at::arange(16, at::kLong) * 7 % 11).view({2, 8});
  ForwardPass pass;
  return model.decoder->hidden(batch, pass).clone();
}

}  // namespace

double difference(const ModelFolder& a, const ModelFolder& b) {
  return (hidden(a) - hidden(b)).abs().max().item<double>();
}

}  // namespace btx_test
