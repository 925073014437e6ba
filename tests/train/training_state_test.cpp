// Training checkpoints: what was saved comes back, and damage is seen.
#include "train/training_state.hpp"
#include "kernels/support.hpp"
#include "model/small_model.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

struct Saved {
  Saved() : model(0, at::kFloat, cpu_ops()), optimizer(model.parameters, TrainConfig{}) {}

  void save(const fs::path& folder, std::int64_t step) {
    model.parameters.master().fill_(static_cast<double>(step));
    optimizer.m().fill_(0.5 * static_cast<double>(step));
    TrainingState state;
    state.step = step;
    state.slots = {1, 2};
    save_checkpoint(folder, state, model.parameters, optimizer, 5);
  }
  /// The step that is loaded, or -1; checks that the numbers are that step's.
  std::int64_t load(const fs::path& folder) {
    model.parameters.master().fill_(-1);
    const auto state = load_checkpoint(folder, model.parameters, optimizer);
    if (!state) return -1;
    const auto value = static_cast<double>(state->step);
    CHECK(model.parameters.master().eq(value).all().item<bool>());
    CHECK(optimizer.m().eq(0.5 * value).all().item<bool>());
    CHECK(state->slots == std::vector<double>{1, 2});
    return state->step;
  }

  SmallModel model;
  AdamW optimizer;
};

void flip(const fs::path& file, std::size_t at) {
  std::string bytes = read_file(file);
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  write_file(file, bytes);
}

}  // namespace

TEST_CASE("the newest checkpoint comes back; damaged ones after it are removed") {
  const fs::path folder = btx_test::scratch("checkpoints");
  Saved saved;
  CHECK(saved.load(folder) == -1);
  for (const std::int64_t step : {10, 20, 30, 40}) saved.save(folder, step);
  CHECK(saved.load(folder) == 40);
  CHECK(newest_checkpoint_before(folder, 40)->filename() == "step-00000030");
  CHECK(!newest_checkpoint_before(folder, 10));
  flip(folder / "step-00000040/state.safetensors", 3000);
  fs::resize_file(folder / "step-00000030/state.json", 20);
  CHECK(saved.load(folder) == 20);
  CHECK(!fs::exists(folder / "step-00000040"));
  CHECK(!fs::exists(folder / "step-00000030"));
  write_file(folder / "step-00000020/state.json", "{}");
  flip(folder / "step-00000010/state.safetensors", 3000);
  const std::string message = btx_test::error_of([&] { saved.load(folder); });
  CHECK(btx_test::contains(message, "no checkpoint in " + folder.string() + " can be read"));
  CHECK(fs::exists(folder / "step-00000020"));
}
