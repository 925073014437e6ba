// The stand-in itself: what a barrier and an exchange mean, and that one that is missing shows.
#include "cuda_on_host/support.hpp"

namespace {

using namespace cuda_test;

/// Each thread writes its number and reads that of its neighbour.
void neighbours(int* out, bool waits) {
  BTX_SHARED(int, shared, 64);
  shared[threadIdx.x] = static_cast<int>(threadIdx.x);
  if (waits) __syncthreads();
  out[threadIdx.x] = shared[(threadIdx.x + 1) % 64];
}

void sums(int* out) {
  int sum = static_cast<int>(threadIdx.x);
  for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_xor_sync(~0U, sum, offset);
  out[threadIdx.x] = sum;
}

void votes(unsigned* out) {
  const unsigned odd = __ballot_sync(~0U, threadIdx.x % 2 == 1);
  out[threadIdx.x] = odd ^ __ballot_sync(~0U, threadIdx.x >= 32);
}

void stale(float* out) {
  BTX_SHARED(float, shared, 32);
  if (threadIdx.x != 0) return;
  out[blockIdx.x] = shared[0];
  shared[0] = 1;
}

std::vector<int> seen(bool waits) {
  std::vector<int> out(64);
  btx::cuda::launch(neighbours, 1, 64, nullptr, out.data(), waits);
  return out;
}

TEST_CASE("a barrier is waited for, and one that is missing shows") {
  const auto right = in_both_orders([] { return seen(true); });
  CHECK(right[0] == 1);
  CHECK(right[63] == 0);
  cuda_on_host::block.backwards = false;
  const auto one = seen(false);
  cuda_on_host::block.backwards = true;
  CHECK(seen(false) != one);
}

TEST_CASE("lanes exchange within their warp") {
  std::vector<int> out(64);
  btx::cuda::launch(sums, 1, 64, nullptr, out.data());
  CHECK(out[0] == 31 * 16);
  CHECK(out[63] == 31 * 16 + 32 * 32);
}

TEST_CASE("lanes vote within their warp") {
  std::vector<unsigned> out(64);
  btx::cuda::launch(votes, 1, 64, nullptr, out.data());
  CHECK(out[0] == 0xAAAAAAAAU);
  CHECK(out[63] == 0x55555555U);
}

TEST_CASE("a block does not find what the one before left") {
  std::vector<float> out(2);
  btx::cuda::launch(stale, 2, 32, nullptr, out.data());
  CHECK(std::isnan(out[0]));
  CHECK(std::isnan(out[1]));
}

// The stand-in GPU: addresses of its own, also within structs; launches that it leaves out.
float device_memory[2], host_memory[2];
long threads_of_launch = 0;

struct Inside {
  float* out;
  std::int64_t index;
};
__global__ void write(Inside inside, float value) {
  if (threadIdx.x == 0) inside.out[inside.index] = value;
}

TEST_CASE("a machine has its own addresses, and is told of launches") {
  const cuda_on_host::Machine plain = cuda_on_host::machine;
  cuda_on_host::machine.host_address = [](const void* word) -> void* {
    return word == device_memory ? host_memory : const_cast<void*>(word);
  };
  cuda_on_host::machine.launches = [](long threads) {
    threads_of_launch = threads;
    return threads < 100;
  };
  btx::cuda::launch(write, 2, 32, nullptr, Inside{device_memory, 1}, 3.0F);
  CHECK(threads_of_launch == 64);
  CHECK(host_memory[1] == 3);
  CHECK(device_memory[1] == 0);
  btx::cuda::launch(write, 4, 32, nullptr, Inside{device_memory, 1}, 5.0F);
  CHECK(threads_of_launch == 128);
  CHECK(host_memory[1] == 3);
  cuda_on_host::machine = plain;
}

}  // namespace
