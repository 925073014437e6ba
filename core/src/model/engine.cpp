#include "model/engine.hpp"

#include "base/machine/gpus.hpp"
#include "base/program.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>

#include <filesystem>

namespace btx {
namespace {

/// The GPU where the driver shows one and the LibTorch at hand can use it.
DeviceChoice device_of_machine() {
  const auto cards = gpus();
  if (cards.empty()) return DeviceChoice::cpu;
  if (std::filesystem::exists(torch_folder() / "lib/libtorch_cuda.so")) return DeviceChoice::cuda;
  log(LogLevel::warning,
      fmt::format(
          "this machine has a GPU ({}), but the LibTorch in {} has no CUDA part: the CPU is "
          "used; set BTX_TORCH_DIR to one that has it, or engine.device=cpu",
          cards.front().name, torch_folder().string()));
  return DeviceChoice::cpu;
}

}  // namespace

EngineConfig decide_engine(EngineConfig engine) {
  if (engine.device == DeviceChoice::automatic) engine.device = device_of_machine();
  if (engine.dtype == ComputeType::automatic) {
    const bool fast =
        engine.device == DeviceChoice::cuda || __builtin_cpu_supports("avx512bf16") != 0;
    engine.dtype = fast ? ComputeType::bfloat16 : ComputeType::float32;
  }
  return engine;
}

EngineConfig engine_here(const EngineConfig& engine) {
  if (engine.device == DeviceChoice::cuda && gpus().empty()) {
    throw Error(ExitCode::usage,
                "engine.device = \"cuda\": no GPU was found (is the NVIDIA driver installed?); use "
                "engine.device=cpu or auto");
  }
  return decide_engine(engine);
}

ComputedOn computed_on(const EngineConfig& engine, std::int64_t threads) {
  ComputedOn here{name_of(engine.device), name_of(engine.dtype), name_of(engine.kernels), "",
                  threads};
  if (engine.device == DeviceChoice::cuda) here.card = gpus().at(0).name;
  // Without the module for GPUs, fast is what LibTorch has (kernels/choose.cpp).
  const bool own = here.card.empty() || !cuda_module().empty();
  if (engine.kernels == KernelChoice::fast && !own) here.kernels = name_of(KernelChoice::aten);
  return here;
}

}  // namespace btx
