#include "checkpoint/model_folder.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

using btx::DType;

namespace {

float widened(DType dtype, std::uint16_t bits) {
  std::byte bytes[2];
  std::memcpy(bytes, &bits, 2);
  float value = 0;
  btx::widen(dtype, bytes, {&value, 1});
  return value;
}

std::uint16_t narrowed(DType dtype, float value) {
  std::byte bytes[2];
  btx::narrow(dtype, {&value, 1}, bytes);
  std::uint16_t bits = 0;
  std::memcpy(&bits, bytes, 2);
  return bits;
}

float from_bits(std::uint32_t bits) {
  return std::bit_cast<float>(bits);
}

constexpr float kInfinity = std::numeric_limits<float>::infinity();

}  // namespace

TEST_CASE("half precision is read as IEEE 754 says") {
  const auto half = [](std::uint16_t bits) { return widened(DType::float16, bits); };
  CHECK(half(0x3C00) == 1.0F);
  CHECK(half(0xC000) == -2.0F);
  CHECK(half(0x3555) == 0x1.554p-2F);
  CHECK(half(0x7BFF) == 65504.0F);
  CHECK(half(0x0400) == 0x1p-14F);
  CHECK(half(0x0001) == 0x1p-24F);
  CHECK(half(0x83FF) == -1023 * 0x1p-24F);
  CHECK(half(0x7C00) == kInfinity);
  CHECK(half(0xFC00) == -kInfinity);
  CHECK(std::isnan(half(0x7C01)));
  CHECK(std::signbit(half(0x8000)));
}

TEST_CASE("float32 becomes the nearest half, of two the even one") {
  const auto half = [](float value) { return narrowed(DType::float16, value); };
  CHECK(half(1.0F) == 0x3C00);
  CHECK(half(1 + 0x1p-11F) == 0x3C00);      // between 0x3C00 and 0x3C01
  CHECK(half(1 + 3 * 0x1p-11F) == 0x3C02);  // between 0x3C01 and 0x3C02
  CHECK(half(1 + 0x1p-11F + 0x1p-23F) == 0x3C01);
  CHECK(half(-(1 + 3 * 0x1p-11F)) == 0xBC02);
  CHECK(half(2 - 0x1p-12F) == 0x4000);  // carries into the exponent
  CHECK(half(65504.0F) == 0x7BFF);
  CHECK(half(65519.99F) == 0x7BFF);
  CHECK(half(65520.0F) == 0x7C00);
  CHECK(half(-kInfinity) == 0xFC00);
  CHECK(half(-0.0F) == 0x8000);
  CHECK((half(std::nanf("")) & 0x7FFF) > 0x7C00);
  CHECK((half(from_bits(0x7F800001)) & 0x7FFF) > 0x7C00);
}

TEST_CASE("small numbers become subnormal halves, of two the even one") {
  const auto half = [](float value) { return narrowed(DType::float16, value); };
  CHECK(half(0x1p-14F) == 0x0400);
  CHECK(half(1023.5F * 0x1p-24F) == 0x0400);
  CHECK(half(1022.5F * 0x1p-24F) == 0x03FE);
  CHECK(half(0x1p-24F) == 0x0001);
  CHECK(half(1.5F * 0x1p-24F) == 0x0002);
  CHECK(half(2.5F * 0x1p-24F) == 0x0002);
  CHECK(half(0x1p-25F) == 0x0000);
  CHECK(half(-0x1.000002p-25F) == 0x8001);
  CHECK(half(std::numeric_limits<float>::denorm_min()) == 0x0000);
}

TEST_CASE("bfloat16 is the upper half of a float32, rounded to the nearest, of two the even one") {
  const auto bfloat = [](float value) { return narrowed(DType::bfloat16, value); };
  CHECK(widened(DType::bfloat16, 0x3F80) == 1.0F);
  CHECK(widened(DType::bfloat16, 0xC049) == -3.140625F);
  CHECK(widened(DType::bfloat16, 0x0001) == from_bits(0x00010000));
  CHECK(bfloat(1 + 0x1p-8F) == 0x3F80);
  CHECK(bfloat(1 + 3 * 0x1p-8F) == 0x3F82);
  CHECK(bfloat(1 + 0x1p-8F + 0x1p-23F) == 0x3F81);
  CHECK(bfloat(from_bits(0x00008000)) == 0x0000);
  CHECK(bfloat(from_bits(0x00018000)) == 0x0002);
  CHECK(bfloat(from_bits(0x00008001)) == 0x0001);
  CHECK(bfloat(std::numeric_limits<float>::max()) == 0x7F80);
  CHECK(bfloat(-kInfinity) == 0xFF80);
  CHECK(bfloat(-0.0F) == 0x8000);
  CHECK((bfloat(from_bits(0x7F800001)) & 0x7FFF) > 0x7F80);  // a payload in the lower half alone
  CHECK((bfloat(from_bits(0xFFFFFFFF)) & 0x7FFF) > 0x7F80);
}

TEST_CASE("every 16-bit number survives float32, NaN's payload included") {
  for (const DType dtype : {DType::float16, DType::bfloat16}) {
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
      REQUIRE(narrowed(dtype, widened(dtype, static_cast<std::uint16_t>(bits))) == bits);
    }
  }
}

TEST_CASE("float32 stays as it is, NaN's payload included") {
  for (const std::uint32_t bits : {0x7FC12345U, 0x00000001U, 0x80000000U, 0x3F800000U}) {
    const float value = from_bits(bits);
    std::byte bytes[4];
    btx::narrow(DType::float32, {&value, 1}, bytes);
    float back = 0;
    btx::widen(DType::float32, bytes, {&back, 1});
    CHECK(std::bit_cast<std::uint32_t>(back) == bits);
  }
}
