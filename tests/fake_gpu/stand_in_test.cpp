// The stand-in GPU itself: it lets nothing pass that a GPU would not.
#define DOCTEST_CONFIG_IMPLEMENT
#include "model/load.hpp"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>

namespace {

const at::Device kFirst(at::kCUDA, 0), kSecond(at::kCUDA, 1);

at::Tensor on(at::Device device) {
  return at::arange(6, at::kFloat).to(device);
}

}  // namespace

TEST_CASE("kernels compute on the device, views and writes in place included") {
  at::Tensor numbers = on(kFirst);
  numbers.slice(0, 2, 4).mul_(10);
  CHECK(numbers.device() == kFirst);
  CHECK(numbers.sum().item<float>() == 0 + 1 + 20 + 30 + 4 + 5);
}

TEST_CASE("memory that nothing was written to is not a number") {
  CHECK(std::isnan(at::empty({3}, at::TensorOptions().device(kFirst)).cpu().sum().item<float>()));
}

TEST_CASE("tensors of host and device, or of two devices, do not mix") {
  CHECK_THROWS_AS(on(kFirst) + at::ones({6}), c10::Error);
  CHECK_THROWS_AS(on(kFirst) + on(kSecond), c10::Error);
  CHECK((on(kSecond) + on(kSecond)).device() == kSecond);
  CHECK((on(kFirst) + 1).sum().item<float>() == 21);
}

TEST_CASE("a copy to the host that does not block is there after the next wait, and not before") {
  at::Tensor here = at::zeros({6});
  here.copy_(on(kFirst), true);
  CHECK(std::isnan(here[3].item<float>()));
  CHECK(on(kFirst).sum().item<float>() == 15);
  CHECK(here[3].item<float>() == 3);
}

TEST_CASE("the source of a copy that does not block may not change before the next wait") {
  at::Tensor source = at::ones({4});
  at::Tensor there = at::zeros({4}, at::TensorOptions().device(kFirst));
  there.copy_(source, true);
  source.fill_(2);
  CHECK_THROWS_AS(there.sum().item<float>(), c10::Error);
  CHECK(there.sum().item<float>() == 4);
}

int main(int argc, char** argv) {
  ::setenv("BTX_FAKE_GPU_COUNT", "2", 1);
  btx::EngineConfig engine;
  engine.device = btx::DeviceChoice::cuda;
  engine.dtype = btx::ComputeType::float32;
  btx::open_engine(engine);
  return doctest::Context(argc, argv).run();
}
