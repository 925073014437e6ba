#include "checkpoint/safetensors.hpp"
#include "support.hpp"
#include "tiny_model.hpp"

#include <doctest/doctest.h>

#include <cstring>

using namespace btx;
using namespace btx_test;

namespace {

/// A file of this header and `data` zero bytes.
fs::path file_of(const std::string& header, std::size_t data) {
  static const fs::path folder = scratch("checkpoint-headers");
  const std::uint64_t size = header.size();
  std::string content(8, '\0');
  std::memcpy(content.data(), &size, 8);
  write_file(folder / "t.safetensors", content + header + std::string(data, '\0'));
  return folder / "t.safetensors";
}

std::string header_refusal(const std::string& header, std::size_t data) {
  const fs::path file = file_of(header, data);
  const Caught result = caught([&] { SafetensorsFile{file}; });
  CHECK(result.code == ExitCode::run);
  CHECK(contains(result.message, file.string() + ": not a good safetensors file: "));
  return result.message;
}

}  // namespace

TEST_CASE("tensors of every type come back with shape, order and metadata") {
  const fs::path file = scratch("checkpoint-round") / "t.safetensors";
  const std::vector<TensorInfo> tensors = {{"b", DType::float32, {2, 3}},
                                           {"a \"quoted\" \u00e9", DType::bfloat16, {5}},
                                           {"none", DType::float32, {0, 7}},
                                           {"scalar", DType::float16, {}}};
  write_tensors(file, tensors,
                [](const std::string&, std::uint64_t i) { return 0.5F * static_cast<float>(i); });
  const SafetensorsFile read(file);
  REQUIRE(read.tensors().size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    const TensorInfo& info = read.tensors()[i].info;
    CHECK(info.dtype == tensors[i].dtype);
    CHECK(info.shape == tensors[i].shape);
    CHECK(info.name == tensors[i].name);
  }
  CHECK(read_tensor(read, "b") == std::vector<float>{0, 0.5, 1, 1.5, 2, 2.5});
  CHECK(read_tensor(read, tensors[1].name) == std::vector<float>{0, 0.5, 1, 1.5, 2});
  CHECK(read.metadata() == std::map<std::string, std::string>{{"format", "pt"}});
  CHECK(read.tensors()[0].begin % 8 == 0);
}

TEST_CASE("a file made by hand is read") {
  const SafetensorsFile read(file_of(
      R"({"x":{"dtype":"F32","shape":[1,2],"data_offsets":[2,10]},"y":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}})",
      10));
  REQUIRE(read.tensors().size() == 2);
  CHECK(read.tensors()[0].info.name == "y");
  CHECK(read_tensor(read, "x") == std::vector<float>{0, 0});
}

TEST_CASE("tensors that overlap, leave a hole or do not fill the file are refused by name") {
  const auto two = [](int begin, int end) {
    return R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[2],"data_offsets":[)" +
           std::to_string(begin) + "," + std::to_string(end) + "]}}";
  };
  CHECK(caught([&] { SafetensorsFile{file_of(two(8, 16), 16)}; }).message.empty());
  CHECK(contains(header_refusal(two(4, 12), 12), "tensor 'y' overlaps"));
  CHECK(contains(header_refusal(two(0, 8), 8), "overlaps"));
  CHECK(contains(header_refusal(two(12, 20), 20), "tensor 'y' leaves a hole"));
  CHECK(contains(header_refusal(two(8, 16), 15), "is the file cut short?"));
  CHECK(contains(header_refusal(two(8, 16), 17), "1 bytes after the last tensor"));
  CHECK(contains(header_refusal(two(16, 8), 16), "tensor 'y' lies at"));
}

TEST_CASE("shapes that are absurd or do not fit the bytes are refused") {
  const auto shaped = [](const std::string& shape, const std::string& type = "F32") {
    return R"({"x":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":[0,8]}})";
  };
  CHECK(caught([&] { SafetensorsFile{file_of(shaped("[2]"), 8)}; }).message.empty());
  CHECK(contains(header_refusal(shaped("[3]"), 8),
                 "needs 12 bytes for its shape, its offsets give 8"));
  CHECK(contains(header_refusal(shaped("[-2]"), 8), "negative size"));
  CHECK(contains(header_refusal(shaped("[-1,-2]"), 8), "negative size"));
  CHECK(contains(header_refusal(shaped("[4294967296,4294967296]"), 8), "absurd shape"));
  CHECK(contains(header_refusal(shaped("[9223372036854775807,2]"), 8), "absurd shape"));
  CHECK(contains(header_refusal(shaped("[18446744073709551615]"), 8), "tensor 'x'"));
  CHECK(contains(header_refusal(shaped("[2.5]"), 8), "tensor 'x'"));
  CHECK(contains(header_refusal(shaped("\"2\""), 8), "tensor 'x'"));
  CHECK(contains(header_refusal(shaped("[2]", "I32"), 8),
                 "has type I32; F32, F16 and BF16 are known"));
  CHECK(contains(header_refusal(shaped("[1]", "F64"), 8), "has type F64"));
}

TEST_CASE("a header that is none is refused") {
  CHECK(contains(header_refusal("[1]", 0), "its header is not a JSON object"));
  CHECK(contains(header_refusal("{\"x\":", 0), "its header is not JSON"));
  CHECK(contains(header_refusal("{\"x\":5}", 0), "tensor 'x' is not an object"));
  CHECK(contains(header_refusal("{\"x\":[5]}", 0), "tensor 'x' is not an object"));
  CHECK(contains(header_refusal("5", 0), "its header is not a JSON object"));
  CHECK(contains(header_refusal("{\"x\":{}}", 0), "tensor 'x'"));
  CHECK(contains(header_refusal("\xff\xfe", 0), "its header is not JSON"));
  CHECK(contains(header_refusal(std::string(100'000, '['), 0), "nested too deep"));
  const std::string said = header_refusal("{\"x" + std::string(50'000, 'x') + "\\q\":{}}", 0);
  CHECK(contains(said, "its header is not JSON: parse error"));
  CHECK(said.size() < 400);
  const fs::path file = scratch("checkpoint-sizes") / "t.safetensors";
  for (const std::uint64_t size : {std::uint64_t{3}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    write_file(file, std::string(reinterpret_cast<const char*>(&size), 8) + "{}");
    CHECK(contains(error_of([&] { SafetensorsFile{file}; }), "its header would be"));
  }
  write_file(file, "1234567");
  CHECK(contains(error_of([&] { SafetensorsFile{file}; }), "7 bytes, too short for a header"));
  CHECK(contains(error_of([&] { SafetensorsFile{file.parent_path()}; }), "not a regular file"));
  CHECK(contains(error_of([&] { SafetensorsFile{file.parent_path() / "none"}; }), "none"));
}

TEST_CASE("a name that is there twice is refused, and so is a header beyond the format's limit") {
  CHECK(contains(
      header_refusal(
          R"({"x":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"x":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}})",
          4),
      "tensor 'x' is there twice"));
  CHECK(contains(
      header_refusal(R"({"x":{"dtype":"F16","shape":[9],"shape":[1],"data_offsets":[0,2]}})", 2),
      "tensor 'x': key \"shape\" is there twice"));
  const fs::path file = scratch("checkpoint-limit") / "t.safetensors";
  const std::uint64_t size = 100'000'001;
  write_file(file, std::string(reinterpret_cast<const char*>(&size), 8));
  fs::resize_file(file, 200'000'000);  // a hole on the disk
  CHECK(contains(error_of([&] { SafetensorsFile{file}; }),
                 "its header would be 100000001 bytes, at most 100000000 are allowed"));
}

TEST_CASE("a file that is not written to its end is not there") {
  const fs::path file = scratch("checkpoint-writer") / "t.safetensors";
  const std::vector<TensorInfo> tensors = {{"x", DType::float32, {2}}};
  { SafetensorsWriter writer(file, tensors); }
  CHECK(!fs::exists(file));
  const Caught result = caught([&] {
    SafetensorsWriter writer(file, tensors);
    writer.append("1234", 4);
    writer.close();
  });
  CHECK(contains(result.message, "wrote "));
  CHECK(!fs::exists(file));
}
