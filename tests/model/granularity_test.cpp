// One decision a layer, one a matrix, one a model.
#include "kernels/support.hpp"
#include "model/checks.hpp"

#include <doctest/doctest.h>

using namespace btx;
using namespace btx::testing;

TEST_CASE("identical experts are the dense model at every granularity") {
  for (const std::string granularity : {"ffn", "linear", "model"}) {
    CAPTURE(granularity);
    SmallModel dense(0, at::kFloat, cpu_ops());
    SmallModel mixture(3, at::kFloat, cpu_ops(), 2, granularity);
    copy_dense(dense, mixture);
    ForwardPass one, two;
    const Batch batch = small_batch(2);
    CHECK(error(mixture.decoder.hidden(batch, two), dense.decoder.hidden(batch, one)) < 1e-5);
  }
}

TEST_CASE("gradients equal finite differences at every granularity") {
  for (const std::string granularity : {"linear", "model"}) {
    CAPTURE(granularity);
    SmallModel mixture(3, at::kDouble, reference_ops(), 2, granularity);
    CHECK(finite_difference_error(mixture, small_batch(2)) < 1e-6);
  }
}

TEST_CASE("a model has the gates that its granularity asks for") {
  const auto gates = [](const std::string& granularity) {
    std::vector<std::string> names;
    for (const auto& site : routing_sites(small_config(3, granularity))) {
      names.push_back(site.name() + ":" + std::to_string(site.width));
    }
    return names;
  };
  using Names = std::vector<std::string>;
  CHECK(gates("ffn") == Names{"0:8", "1:8"});
  CHECK(gates("model") == Names{"0:8"});
  CHECK(gates("linear") == Names{"0 gate_proj:8", "0 up_proj:8", "0 down_proj:6", "1 gate_proj:8",
                                 "1 up_proj:8", "1 down_proj:6"});
}

TEST_CASE("with granularity model the first mixture layer's slots hold everywhere") {
  SmallModel mixture(3, at::kDouble, reference_ops(), 1, "model");
  const Batch batch = small_batch(2);
  ForwardPass pass;
  const at::Tensor before = mixture.decoder.hidden(batch, pass);
  REQUIRE(pass.sites.size() == 1);
  // An expert of the last layer that no token chose in the first one does nothing.
  for (std::int64_t e = 0; e < 3; ++e) {
    const bool chosen = (pass.sites[0].routing.slots == e).any().item<bool>();
    const std::string name = tensor_names::expert_ffn(1, e, "down_proj");
    const at::Tensor kept = mixture.parameters.view(name).clone();
    mixture.parameters.view(name).add_(1.0);
    ForwardPass again;
    const double change = error(mixture.decoder.hidden(batch, again), before);
    CHECK((change > 1e-9) == chosen);
    mixture.parameters.view(name).copy_(kept);
  }
}
