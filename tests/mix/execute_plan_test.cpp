#include "mix/execute_plan.hpp"

#include "mix/models.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

using namespace btx;
using namespace btx_test;

namespace {

const std::string kEmbed = "model.embed_tokens.weight";  // [11, 4]

MixPlan one(std::vector<std::int64_t> shape, Origin origin, DType dtype = DType::float32) {
  MixPlan plan;
  plan.tensors.push_back({{"out", dtype, std::move(shape)}, std::move(origin)});
  return plan;
}

std::vector<float> result(const MixPlan& plan, const Models& models, std::uint64_t seed = 1) {
  return read_tensor(execute(plan, models, "one", seed), "out");
}

/// Equal bits, so that -0 and the smallest numbers count.
bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("a copy is equal bit for bit, whatever the bits say") {
  for (const DType dtype : {DType::float32, DType::bfloat16, DType::float16}) {
    const Models models("copy", tiny_config(), {[](const std::string&, std::uint64_t i) {
                          return i == 0   ? std::numeric_limits<float>::denorm_min()
                                 : i == 1 ? -0.0F
                                          : 1.0F / static_cast<float>(i);
                        }},
                        dtype);
    const auto before = read_tensor(models.folders[0], kEmbed);
    const auto file = execute(one({11, 4}, CopyOrigin{{0, kEmbed}}, dtype), models, "copy");
    std::vector<std::byte> stored(44 * dtype_size(dtype));
    models.folders[0].read_bytes(kEmbed, 0, stored);
    CHECK(std::memcmp(file.data(file.tensors()[0]), stored.data(), stored.size()) == 0);
    CHECK(same_bits(result(one({11, 4}, CopyOrigin{{0, kEmbed}}), models), before));
  }
}

TEST_CASE("the mean of identical models is that model, bit for bit") {
  for (const std::size_t count : {2, 3, 4, 7}) {
    const Models models("identical", tiny_config(), std::vector<Numbers>(count, random_numbers(5)));
    WeightedSumOrigin mean;
    for (std::size_t i = 0; i < count; ++i) mean.from.push_back({i, kEmbed});
    mean.weights.assign(count, 1.0 / static_cast<double>(count));
    CHECK(same_bits(result(one({11, 4}, mean), models), read_tensor(models.folders[0], kEmbed)));
  }
}

TEST_CASE("a mean is summed in float64 and cast once") {
  const Models models = three("mean");
  const std::vector<double> weights = {0.1, 0.2, 0.7};
  const auto got = result(
      one({11, 4}, WeightedSumOrigin{{{0, kEmbed}, {1, kEmbed}, {2, kEmbed}}, weights}), models);
  for (std::size_t i = 0; i < got.size(); ++i) {
    double sum = 0;
    for (std::size_t m = 0; m < 3; ++m)
      sum += weights[m] * read_tensor(models.folders[m], kEmbed)[i];
    CHECK(got[i] == static_cast<float>(sum));
  }
}

TEST_CASE("slices are rows, joins are one below another") {
  const Models models = three("rows");
  const auto whole = read_tensor(models.folders[1], kEmbed);
  CHECK(result(one({3, 4}, SliceOrigin{{1, kEmbed}, 2, 5}), models) ==
        std::vector<float>(whole.begin() + 8, whole.begin() + 20));
  auto joined = read_tensor(models.folders[2], kEmbed);
  joined.insert(joined.end(), whole.begin(), whole.end());
  CHECK(result(one({22, 4}, ConcatOrigin{{{2, kEmbed}, {1, kEmbed}}}), models) == joined);
}

TEST_CASE("initial values have the deviation and mean, and depend on seed, name and index alone") {
  const Models models = three("init");
  constexpr std::size_t kCount = kPlanSlice + 1000;  // more than one slice
  const auto values = result(one({kCount}, InitOrigin{0.5, 2}), models);
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / kCount;
  double square = 0;
  for (const float v : values) square += (v - mean) * (v - mean);
  CHECK(mean == doctest::Approx(2).epsilon(0.005));
  CHECK(std::sqrt(square / kCount) == doctest::Approx(0.5).epsilon(0.005));
  const auto fewer = result(one({10, 3}, InitOrigin{0.5, 2}), models);
  CHECK(std::equal(fewer.begin(), fewer.end(), values.begin()));
  CHECK(result(one({10, 3}, InitOrigin{0.5, 2}), models, 2) != fewer);
  MixPlan renamed = one({10, 3}, InitOrigin{0.5, 2});
  renamed.tensors[0].info.name = "other";
  CHECK(read_tensor(execute(renamed, models, "renamed"), "other") != fewer);
}

TEST_CASE("a function sees slices with their place, or whole tensors") {
  ModelConfig large = tiny_config();
  large.vocab_size = 270'000;  // x 4 is more than one slice
  const Models models("function", large, {[](const std::string&, std::uint64_t i) {
                        return static_cast<float>(i % 1000);
                      }});
  std::size_t calls = 0;
  const auto add_index = [&](std::span<const std::span<const float>> in, std::uint64_t index,
                             std::span<float> out) {
    ++calls;
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = in[0][i] - static_cast<float>((index + i) % 1000);
  };
  const auto elementwise =
      result(one({270'000, 4}, FunctionOrigin{{{0, kEmbed}}, true, add_index}), models);
  CHECK(calls == 2);
  CHECK(elementwise == std::vector<float>(1'080'000, 0.0F));
  calls = 0;
  const auto last = [&](std::span<const std::span<const float>> in, std::uint64_t index,
                        std::span<float> out) {
    ++calls;
    CHECK(index == 0);
    CHECK(in[0].size() == 1'080'000);
    CHECK(out.size() == 2);
    out[0] = in[0].back();
    out[1] = -1;
  };
  CHECK(result(one({2}, FunctionOrigin{{{0, kEmbed}}, false, last}), models) ==
        std::vector<float>{999, -1});
  CHECK(calls == 1);
}

TEST_CASE("the same plan gives the same bytes") {
  const Models models = three("bytes");
  MixPlan plan = one({11, 4}, WeightedSumOrigin{{{0, kEmbed}, {2, kEmbed}}, {0.5, 0.5}});
  plan.tensors.push_back({{"gate", DType::bfloat16, {3, 4}}, InitOrigin{0.02, 0}});
  const auto first = read_file(execute(plan, models, "bytes-1").path());
  CHECK(first == read_file(execute(plan, models, "bytes-2").path()));
  CHECK(first != read_file(execute(plan, models, "bytes-3", 2).path()));
}
