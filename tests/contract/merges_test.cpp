#include "contract/components.hpp"
#include "mix/check_plan.hpp"
#include "mix/models.hpp"

using namespace btx;
using namespace btx_test;
using btx_test::Models;

namespace {

/// What a plan says, as text.
std::string text_of(const MixPlan& plan) {
  std::string text = config_to_json(plan.config, {false, 1});
  for (const auto& tensor : plan.tensors) {
    text += "\n" + tensor.info.name + " " + std::to_string(tensor.origin.index());
    for (const auto size : tensor.info.shape) text += " " + std::to_string(size);
    for (const auto& ref : references(tensor.origin)) {
      text += " " + std::to_string(ref.model) + ":" + ref.tensor;
    }
    if (const auto* mean = std::get_if<WeightedSumOrigin>(&tensor.origin)) {
      for (const double weight : mean->weights) text += " " + std::to_string(weight);
    }
  }
  return text;
}

}  // namespace

TEST_CASE("a merge gives a good plan, the same each time, and a checkpoint") {
  const Models three = btx_test::three("contract");
  const Models one("contract-one", tiny_config(), {random_numbers(1)});
  for (const auto& name : names_of("merge")) {
    CAPTURE(name);
    int accepted = 0;
    for (const Models* models : {&three, &one}) {  // copies are made of one model
      accepted += unless_refused("merge:" + name, [&] {
        const MixPlan plan = btx_test::plan(name, *models);  // throws unless check_plan() passes
        CHECK(text_of(plan) == text_of(btx_test::plan(name, *models)));
        const auto first = btx_test::execute(plan, *models, "contract-1");
        const auto second = btx_test::execute(plan, *models, "contract-2");
        CHECK(read_file(first.path()) == read_file(second.path()));
        write_file(first.path().parent_path() / "config.json",
                   config_to_json(plan.config, {false, 1}));
        const ModelFolder folder(first.path().parent_path());
        CHECK(folder.tensors().size() == plan.tensors.size());
      });
    }
    CHECK(accepted > 0);
  }
}
