#include "kernels/support.hpp"
#include "model/checks.hpp"

#include <btx/merge_strategy.hpp>

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

TEST_CASE("gradients of the dense model and of the mixture equal finite differences") {
  SmallModel dense(0, at::kDouble, reference_ops());
  CHECK(finite_difference_error(dense, small_batch(2)) < 1e-6);
  SmallModel mixture(3, at::kDouble, reference_ops());
  CHECK(finite_difference_error(mixture, small_batch(2)) < 1e-6);
}

TEST_CASE("the CPU kernels give the reference's loss and gradients") {
  for (const std::int64_t experts : {0, 3}) {
    SmallModel plain(experts, at::kFloat, reference_ops());
    SmallModel fast(experts, at::kFloat, cpu_ops());
    const Batch batch = small_batch(3);
    const at::Tensor a = mean_loss(plain.decoder, batch);
    const at::Tensor b = mean_loss(fast.decoder, batch);
    CHECK(a.item<double>() == doctest::Approx(b.item<double>()).epsilon(1e-5));
    a.backward();
    b.backward();
    CHECK(error(fast.parameters.gradient(), plain.parameters.gradient()) < 1e-4);
  }
}

TEST_CASE("a mixture of identical experts is the dense model, for every k") {
  for (const std::int64_t k : {1, 2, 3}) {
    SmallModel dense(0, at::kFloat, cpu_ops());
    SmallModel mixture(3, at::kFloat, cpu_ops(), k);
    copy_dense(dense, mixture);
    const Batch batch = small_batch(2);
    ForwardPass one, two;
    CHECK(error(mixture.decoder.hidden(batch, two), dense.decoder.hidden(batch, one)) < 1e-5);
    CHECK(two.sites.size() == 2);
  }
}

TEST_CASE("with k = 1 the gate's softmax is constant and gives the gate no gradient") {
  SmallModel mixture(3, at::kFloat, cpu_ops(), 1);
  mean_loss(mixture.decoder, small_batch(2)).backward();
  CHECK(mixture.gradient(tensor_names::gate(0)).abs().max().item<double>() == 0.0);
  SmallModel two(3, at::kFloat, cpu_ops(), 2);
  mean_loss(two.decoder, small_batch(2)).backward();
  CHECK(two.gradient(tensor_names::gate(0)).abs().max().item<double>() > 0.0);
}

TEST_CASE("an expert that gets no token gets no gradient") {
  SmallModel mixture(3, at::kFloat, cpu_ops(), 1);
  const at::Tensor gate = mixture.parameters.view(tensor_names::gate(0));
  const Batch batch = small_batch(2);
  gate.zero_();  // equal logits: the first expert wins all
  mixture.parameters.refresh();
  ForwardPass pass;
  mixture.decoder.loss(batch, pass).mean().backward();
  const at::Tensor chosen = pass.sites[0].routing.slots;
  for (std::int64_t e = 0; e < 3; ++e) {
    const double tokens = (chosen == e).sum().item<double>();
    const double size =
        mixture.gradient(tensor_names::expert_ffn(0, e, "up_proj")).abs().max().item<double>();
    CHECK((size > 0.0) == (tokens > 0.0));
  }
}

TEST_CASE("later tokens do not change earlier losses") {
  SmallModel mixture(3, at::kFloat, cpu_ops());
  Batch batch = small_batch(1);
  ForwardPass pass;
  const at::Tensor before = mixture.decoder.loss(batch, pass).clone();
  batch.tokens[0][6] = 1;
  const at::Tensor after = mixture.decoder.loss(batch, pass);
  CHECK(error(after.narrow(1, 0, 6), before.narrow(1, 0, 6)) == 0.0);
  CHECK(error(after.narrow(1, 6, 1), before.narrow(1, 6, 1)) > 0.0);
}

TEST_CASE("a sequence longer than the context is refused") {
  SmallModel dense(0, at::kFloat, cpu_ops());
  ForwardPass pass;
  CHECK_THROWS_AS(dense.decoder.loss(small_batch(1, 8), pass), Error);
}
