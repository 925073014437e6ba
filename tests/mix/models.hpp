#pragma once
// Models to be mixed.

#include "mix/execute_plan.hpp"
#include "mix/plan_merge.hpp"
#include "plugins/load.hpp"
#include "support.hpp"
#include "tiny_model.hpp"

#include <deque>
#include <string>
#include <vector>

namespace btx_test {

/// Checkpoints of one shape, open, with what a merge strategy is told of them.
struct Models {
  Models(const std::string& name, const btx::ModelConfig& config,
         std::vector<btx_test::Numbers> numbers, btx::DType dtype = btx::DType::float32) {
    const btx::fs::path folder = btx_test::scratch("mix-" + name);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const std::string model(1, static_cast<char>('a' + i));
      folders.emplace_back(btx_test::write_model(folder / model, config, numbers[i], dtype));
      inputs.push_back(
          {{model, "domain_" + model, model}, folders.back().config(), folders.back().tensors()});
    }
  }

  std::vector<const btx::ModelFolder*> pointers() const {
    std::vector<const btx::ModelFolder*> all;
    for (const auto& folder : folders) all.push_back(&folder);
    return all;
  }

  std::deque<btx::ModelFolder> folders;
  std::vector<btx::MergeInput> inputs;
};

/// Models "a", "b" and "c" with different numbers.
inline Models three(const std::string& name,
                    const btx::ModelConfig& config = btx_test::tiny_config()) {
  return {name,
          config,
          {btx_test::random_numbers(1), btx_test::random_numbers(2), btx_test::random_numbers(3)}};
}

/// Writes a plan's tensors and opens the file.
inline btx::SafetensorsFile execute(const btx::MixPlan& plan, const Models& models,
                                    const std::string& name, std::uint64_t seed = 1) {
  const btx::fs::path file = btx_test::scratch("mix-out-" + name) / "model.safetensors";
  btx::execute_plan(plan, models.pointers(), seed, file);
  return btx::SafetensorsFile(file);
}

/// Two experts a token; gates begin with random numbers.
inline btx::RouterConfig top_k_router() {
  load_plugins_under_test();
  btx::RouterConfig router;
  router.type = "top_k";
  router.params = btx::from_json(R"({"k":2})", "the test");
  router.init.type = "normal";
  return router;
}

/// What a strategy is given of these models, by the core's own function.
inline btx::MergeInputs merge_inputs(const std::vector<btx::MergeInput>& models,
                                     const btx::RouterConfig& router) {
  return btx::make_merge_inputs(
      models, {router.type, btx::to_json(router.params), router.granularity}, router.layers, {}, 1);
}

/// The whole plan, gates included, checked.
inline btx::MixPlan plan(const std::string& strategy, const Models& models,
                         const std::string& params = "{}",
                         const btx::RouterConfig& router = top_k_router()) {
  return btx::plan_merge(strategy, btx::from_json(params, "the test"),
                         merge_inputs(models.inputs, router), router.init);
}

}  // namespace btx_test
