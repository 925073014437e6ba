// merge:drop_upcycle: what is renewed of a copy, and what stays.
#include "plugins/merges.hpp"

#include <set>

using namespace btx_test;

namespace {

const Models& seed() {
  static const Models models = some_models("seed", 1);
  return models;
}

/// The indices of rows (or columns, for `down`) in which two matrices of F = 12 differ.
std::set<std::size_t> differing(const Values& a, const Values& b, bool down) {
  std::set<std::size_t> indices;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) indices.insert(down ? i % 12 : i / 4);
  }
  return indices;
}

}  // namespace

TEST_CASE("drop_upcycle: it is upcycle with ratio 0") {
  const auto a =
      write_merged(plan_of("drop_upcycle", inputs_of(seed()), R"({"ratio":0})"), seed(), "drop-0");
  const auto b = write_merged(plan_of("upcycle", inputs_of(seed())), seed(), "drop-upcycle");
  REQUIRE(a.tensors().size() == b.tensors().size());
  CHECK(a.config().experts[3].name == b.config().experts[3].name);
  for (const auto& tensor : a.tensors()) {
    CHECK(read_tensor(a, tensor.name) == read_tensor(b, tensor.name));
  }
}

TEST_CASE("drop_upcycle: it renews the same indices of an expert's three matrices, and no other") {
  const auto mixed = write_merged(
      plan_of("drop_upcycle", inputs_of(seed()), R"({"ratio":0.3,"experts":6})"), seed(), "drop");
  std::set<std::set<std::size_t>> sets;
  for (std::int64_t layer = 0; layer < 2; ++layer) {
    const Ffn whole = dense_ffn(seed().folders[0], layer);
    for (std::int64_t e = 0; e < 6; ++e) {
      const Ffn mine = expert(mixed, layer, e);
      const auto indices = differing(mine.gate, whole.gate, false);
      CHECK(indices.size() == 3);  // floor(0.3 x 12)
      CHECK(differing(mine.up, whole.up, false) == indices);
      CHECK(differing(mine.down, whole.down, true) == indices);
      sets.insert(indices);
    }
  }
  CHECK(sets.size() > 6);
}

TEST_CASE("drop_upcycle: what it renews has the mean and deviation of what it was") {
  ModelConfig wide = wide_config();
  wide.ffn_size = 2000;
  const Models models("merges-drop", wide, {[](const std::string& tensor, std::uint64_t i) {
                        return 3 + 0.5F * random_normal(random_key(1, tensor), i);
                      }});
  const auto mixed = write_merged(plan_of("drop_upcycle", inputs_of(models), R"({"ratio":1})"),
                                  models, "drop-all");
  for (const Values& values : {expert(mixed, 0, 0).gate, expert(mixed, 1, 2).down}) {
    double mean = 0;
    for (const double v : values) mean += v / static_cast<double>(values.size());
    CHECK(mean == doctest::Approx(3).epsilon(0.02));
    CHECK(deviation(values) == doctest::Approx(0.5).epsilon(0.05));
  }
  CHECK(expert(mixed, 0, 0).gate != expert(mixed, 0, 1).gate);
}

TEST_CASE("drop_upcycle: it copies one model and no more") {
  const Models three = some_models("refused", 3);
  CHECK(contains(refusal("drop_upcycle", inputs_of(three)),
                 "merge:drop_upcycle: one model is copied, but 3 are given ('a', 'b', 'c')"));
}

TEST_CASE("drop_upcycle: a mixture of mixtures has no meaning") {
  MergeInputs inputs = inputs_of(seed());
  inputs.models.resize(1);
  inputs.models[0].config.experts = {{"x", "", "x"}, {"y", "", "y"}};
  CHECK(contains(refusal("drop_upcycle", inputs), "'a' is a mixture of 2 experts"));
}

TEST_CASE("drop_upcycle: a plan gives the same bits each time") {
  const auto bytes = [](const std::string& params) {
    const auto merged =
        write_merged(plan_of("drop_upcycle", inputs_of(seed()), params), seed(), "again");
    return read_file(merged.path() / "model.safetensors");
  };
  CHECK(bytes("{}") == bytes("{}"));
}
