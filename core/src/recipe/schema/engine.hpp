#pragma once
// [engine]: where and how the work is done.

#include <btx/params.hpp>

#include <cstdint>

namespace btx {

/// Where a model lies and is computed.
enum class DeviceChoice { automatic, cpu, cuda };
template <>
inline constexpr auto kEnumNames<DeviceChoice> = std::array{"auto", "cpu", "cuda"};

/// Type of activations and products; master weights are float32.
enum class ComputeType { automatic, float32, bfloat16 };
template <>
inline constexpr auto kEnumNames<ComputeType> = std::array{"auto", "float32", "bfloat16"};

/// Which implementation of the operations; kernels/choose.hpp says which one `fast` is where.
enum class KernelChoice { fast, aten, reference };
template <>
inline constexpr auto kEnumNames<KernelChoice> = std::array{"fast", "aten", "reference"};

/// Where and how models are computed. Keys of stages have it as it is written: what is automatic
/// is decided where a stage runs (model/engine.hpp), and its manifest says how.
struct EngineConfig {
  DeviceChoice device = DeviceChoice::automatic;
  ComputeType dtype = ComputeType::automatic;
  KernelChoice kernels = KernelChoice::fast;

  void fields(Fields& f) {
    f("device", device, "auto: a GPU where LibTorch sees one");
    f("dtype", dtype,
      "type of activations and products; masters are float32. auto: bfloat16 where the processor "
      "multiplies it in hardware");
    f("kernels", kernels,
      "fast: kernels of our own, for a CPU and a GPU; aten: LibTorch's operators in the model; "
      "reference: "
      "the plain oracle of every operation");
  }
};

/// The table [engine].
struct EngineTable {
  EngineConfig models;
  std::int64_t threads = 0;

  void fields(Fields& f) {
    models.fields(f);
    f("threads", threads, "of one stage; 0: one for each processor core", {.min = 0, .max = 1024});
  }
};

}  // namespace btx
