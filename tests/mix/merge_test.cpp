// The merge plugins on models of a few numbers.

#include "mix/models.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace btx;
using namespace btx_test;

namespace {

void check_mean(const std::vector<float>& got, const Models& models, const std::string& name,
                const std::vector<double>& weights) {
  for (std::size_t i = 0; i < got.size(); ++i) {
    double sum = 0;
    for (std::size_t m = 0; m < weights.size(); ++m) {
      sum += weights[m] * static_cast<double>(read_tensor(models.folders[m], name)[i]);
    }
    REQUIRE(got[i] == static_cast<float>(sum));
  }
}

bool is_ffn(const std::string& name) {
  std::int64_t layer = 0;
  std::string part;
  return tensor_names::parse_dense_ffn(name, layer, part);
}

}  // namespace

TEST_CASE("merge:btx keeps each model's feed-forward layers bit for bit and averages the rest") {
  const Models models = three("btx");
  const MixPlan planned = plan("btx", models);
  const auto file = execute(planned, models, "btx");
  std::size_t copied = 0;
  for (std::int64_t layer = 0; layer < 2; ++layer) {
    for (std::size_t m = 0; m < 3; ++m) {
      for (const char* part : {"gate_proj", "up_proj", "down_proj"}) {
        const std::string source =
            "model.layers." + std::to_string(layer) + ".mlp." + part + ".weight";
        CHECK(read_tensor(file,
                          tensor_names::expert_ffn(layer, static_cast<std::int64_t>(m), part)) ==
              read_tensor(models.folders[m], source));
        ++copied;
      }
    }
  }
  std::size_t averaged = 0;
  for (const auto& tensor : models.folders[0].tensors()) {
    if (is_ffn(tensor.name)) continue;
    check_mean(read_tensor(file, tensor.name), models, tensor.name, {1.0 / 3, 1.0 / 3, 1.0 / 3});
    ++averaged;
  }
  CHECK(file.tensors().size() == copied + averaged + 2);  // and one gate a layer
  CHECK(planned.config.mixture == std::vector<bool>{true, true});
  REQUIRE(planned.config.num_experts() == 3);
  CHECK(planned.config.experts[1].domain == "domain_b");
}

TEST_CASE("merge:btx makes mixtures of the layers it is told and averages the others whole") {
  const Models models = three("btx-layers");
  RouterConfig router = top_k_router();
  router.layers = {1};
  const MixPlan planned = plan("btx", models, "{}", router);
  const auto file = execute(planned, models, "btx-layers");
  CHECK(planned.config.mixture == std::vector<bool>{false, true});
  const std::string dense = "model.layers.0.mlp.up_proj.weight";
  check_mean(read_tensor(file, dense), models, dense, {1.0 / 3, 1.0 / 3, 1.0 / 3});
  CHECK(read_tensor(file, tensor_names::expert_ffn(1, 2, "up_proj")) ==
        read_tensor(models.folders[2], "model.layers.1.mlp.up_proj.weight"));
}

TEST_CASE("merge:btx starts the gates as router.init says") {
  ModelConfig wide = tiny_config();
  wide.hidden_size = 2000;
  const Models models = three("gate", wide);
  RouterConfig router = top_k_router();
  router.init.params = from_json(R"({"std":0.3})", "the test");
  const auto file = execute(plan("btx", models, "{}", router), models, "gate");
  const auto gate = read_tensor(file, tensor_names::gate(0));
  REQUIRE(gate.size() == 6000);
  double sum = 0, square = 0;
  for (const float v : gate) {
    sum += v;
    square += static_cast<double>(v) * v;
  }
  CHECK(std::abs(sum / 6000) < 0.02);
  CHECK(std::sqrt(square / 6000) == doctest::Approx(0.3).epsilon(0.05));
  CHECK(gate != read_tensor(file, tensor_names::gate(1)));
}

TEST_CASE("merge:btm_average is the weighted mean of every tensor") {
  const Models models = three("average");
  const auto file =
      execute(plan("btm_average", models, R"({"weights":{"a":1,"b":2,"c":5}})"), models, "average");
  CHECK(file.tensors().size() == models.folders[0].tensors().size());
  for (const auto& tensor : models.folders[0].tensors()) {
    check_mean(read_tensor(file, tensor.name), models, tensor.name, {0.125, 0.25, 0.625});
  }
}

TEST_CASE("averaging identical models changes no bit, and their mixture has equal experts") {
  for (const std::size_t count : {2, 3, 4, 7}) {
    const Models models("same", tiny_config(), std::vector<Numbers>(count, random_numbers(9)));
    const auto average = execute(plan("btm_average", models), models, "same");
    const auto mixture = execute(plan("btx", models), models, "same-btx");
    for (const auto& tensor : models.folders[0].tensors()) {
      const auto before = read_tensor(models.folders[0], tensor.name);
      CHECK(read_tensor(average, tensor.name) == before);
      if (!is_ffn(tensor.name)) CHECK(read_tensor(mixture, tensor.name) == before);
    }
  }
}

TEST_CASE("weights are taken by merge:btx too, and refused with the plugin's name") {
  const Models models = three("weights");
  const auto file =
      execute(plan("btx", models, R"({"weights":{"a":1,"b":0,"c":3}})"), models, "weights");
  check_mean(read_tensor(file, "model.norm.weight"), models, "model.norm.weight", {0.25, 0, 0.75});
  for (const std::string strategy : {"btx", "btm_average"}) {
    const Caught result = caught([&] { plan(strategy, models, R"({"weights":{"a":1}})"); });
    CHECK(result.code == ExitCode::usage);
    CHECK(contains(result.message, "merge:" + strategy + ": weights: model 'b' needs one"));
  }
}
