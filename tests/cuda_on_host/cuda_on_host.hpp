#pragma once
// CUDA's language as far as the kernels of cuda use it, on the CPU. A launch has run
// when it returns. Not a model of speed, nor of what a GPU does without the order that barriers
// give.
#include "cuda_on_host/fibers.hpp"

#include <cmath>
#include <cstring>
#include <mutex>
#include <tuple>
#include <utility>

// The names are CUDA's, and what a block is told of is on the stack of its launch, which outlives
// it. NOLINTBEGIN

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define BTX_UNROLL
#define BTX_UNROLL_4
#define BTX_SHARED(type, name, count)                        \
  static cuda_on_host::Shared<type[count]> shared_of_##name; \
  type(&name)[count] = shared_of_##name.of_this_block()

struct dim3 {
  unsigned x, y, z;
  dim3(unsigned of_x = 1, unsigned of_y = 1, unsigned of_z = 1) : x(of_x), y(of_y), z(of_z) {}
};
struct uint3 {
  unsigned x, y, z;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};

inline uint3 threadIdx{}, blockIdx{};
inline dim3 blockDim, gridDim;

namespace cuda_on_host {

/// What a stand-in GPU puts in, whose memory has addresses that the host cannot use.
struct Machine {
  /// Where the host finds the bytes of an address of the GPU's memory; any other word as it is.
  void* (*host_address)(const void*) = [](const void* word) { return const_cast<void*>(word); };
  /// Is told of each launch and its threads; whether it is to run.
  bool (*launches)(long) = [](long) { return true; };
};
inline Machine machine;

/// An argument of a kernel, with its addresses as the host has them.
template <class Argument>
Argument here(Argument argument) {
  if constexpr (sizeof argument % sizeof(void*) == 0) {
    void* words[sizeof argument / sizeof(void*)];
    std::memcpy(words, &argument, sizeof argument);
    for (void*& word : words) word = machine.host_address(word);
    std::memcpy(&argument, words, sizeof argument);
  }
  return argument;
}

inline std::mutex one_launch;  ///< all below belongs to the launch that holds it
inline Block block;
inline std::uint64_t blocks_run = 0;

/// Memory of a block, which no block finds as the one before left it: floats are NaN.
template <class Array>
class Shared {
 public:
  Array& of_this_block() {
    if (of_ != blocks_run) {
      std::memset(&array_, 0xFF, sizeof array_);
      of_ = blocks_run;
    }
    return array_;
  }

 private:
  Array array_ = {};
  std::uint64_t of_ = 0;
};

inline void start_block(std::vector<Thread>& threads) {
  ++blocks_run;
  for (Thread& one : threads) {
    one.at = At::start;
    one.exchanges = 0;
  }
}

inline std::vector<Thread> threads_of(dim3 block) {
  std::vector<Thread> threads;
  for (unsigned z = 0; z < block.z; ++z) {
    for (unsigned y = 0; y < block.y; ++y) {
      for (unsigned x = 0; x < block.x; ++x) {
        Thread& one = threads.emplace_back();
        one.x = x, one.y = y, one.z = z;
      }
    }
  }
  return threads;
}

template <class Body>
void run_grid(dim3 grid, dim3 of_block, Body& body) {
  const std::scoped_lock lock(one_launch);
  gridDim = grid, blockDim = of_block;
  std::vector<Thread> threads = threads_of(of_block);
  if (threads.empty() || threads.size() > 1024) fail("a block has 1 to 1024 threads");
  if (threads.size() % kWarp != 0) fail("a block has a warp that is not full");
  for (unsigned z = 0; z < grid.z; ++z) {
    for (unsigned y = 0; y < grid.y; ++y) {
      for (unsigned x = 0; x < grid.x; ++x) {
        blockIdx = {x, y, z};
        start_block(threads);
        block.run(
            threads, [](void* f) { (*static_cast<Body*>(f))(); }, &body,
            [](const Thread& one) {
              threadIdx = {one.x, one.y, one.z};
            });
      }
    }
  }
}

/// What the lane `from` gives in the same exchange.
template <class V>
V exchange(V value, unsigned from) {
  static_assert(sizeof(V) <= sizeof(std::uint64_t));
  Thread& mine = block.now();
  const unsigned turn = mine.exchanges++ % 2;
  std::memcpy(&mine.sent[turn], &value, sizeof value);
  block.wait(At::warp);
  std::memcpy(&value, &block.lane(from).sent[turn], sizeof value);
  return value;
}

/// The lanes of the warp that give true in the same exchange.
inline unsigned ballot(bool set) {
  Thread& mine = block.now();
  const unsigned turn = mine.exchanges++ % 2;
  mine.sent[turn] = set ? 1 : 0;
  block.wait(At::warp);
  unsigned lanes = 0;
  for (unsigned i = 0; i < kWarp; ++i)
    lanes |= static_cast<unsigned>(block.lane(i).sent[turn]) << i;
  return lanes;
}

}  // namespace cuda_on_host

inline void __syncthreads() {
  cuda_on_host::block.wait(cuda_on_host::At::block);
}
inline void __syncwarp() {
  cuda_on_host::block.wait(cuda_on_host::At::warp);
}
template <class V>
V __shfl_xor_sync(unsigned, V value, int mask) {
  return cuda_on_host::exchange(value, cuda_on_host::block.lane() ^ static_cast<unsigned>(mask));
}
template <class V>
V __shfl_up_sync(unsigned, V value, int by) {
  const unsigned lane = cuda_on_host::block.lane(), offset = static_cast<unsigned>(by);
  return cuda_on_host::exchange(value, lane < offset ? lane : lane - offset);
}
inline unsigned __ballot_sync(unsigned, bool set) {
  return cuda_on_host::ballot(set);
}
inline int __popc(unsigned bits) {
  return __builtin_popcount(bits);
}

inline float __uint_as_float(unsigned bits) {
  float made;
  std::memcpy(&made, &bits, sizeof made);
  return made;
}
inline unsigned __float_as_uint(float x) {
  unsigned made;
  std::memcpy(&made, &x, sizeof made);
  return made;
}
inline float __fdividef(float a, float b) {
  return a / b;
}

struct __nv_bfloat16 {
  std::uint16_t bits;
};
struct __nv_bfloat162 {
  __nv_bfloat16 x, y;
};
inline __nv_bfloat16 __float2bfloat16_rn(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  if (x != x) return {0x7FFF};
  return {static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16)};
}
inline __nv_bfloat162 __floats2bfloat162_rn(float x, float y) {
  return {__float2bfloat16_rn(x), __float2bfloat16_rn(y)};
}

using cudaError_t = int;
inline const char* cudaGetErrorString(cudaError_t error) {
  return error == 0 ? "no error" : "an error of CUDA on the host";
}

namespace btx::cuda {

template <class... Parameters, class... Arguments>
int launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, void* /*stream*/,
           Arguments&&... args) {
  const long blocks = static_cast<long>(grid.x) * grid.y * grid.z;
  if (!cuda_on_host::machine.launches(blocks * block.x * block.y * block.z)) return 0;
  const std::tuple<Parameters...> given{cuda_on_host::here(static_cast<Parameters>(args))...};
  auto body = [&] { std::apply(kernel, given); };
  cuda_on_host::run_grid(grid, block, body);
  return 0;
}

}  // namespace btx::cuda

// NOLINTEND
