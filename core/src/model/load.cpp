#include "model/load.hpp"

#include "base/machine/gpus.hpp"
#include "base/program.hpp"
#include "checkpoint/hf/hf_config.hpp"
#include "kernels/choose.hpp"
#include "kernels/cuda/module.hpp"
#include "model_spec/exact_tensors.hpp"
#include "model_spec/router_info.hpp"
#include "model_spec/tensor_names.hpp"
#include "model_spec/trained_tensors.hpp"
#include "recipe/training_fault.hpp"

#include <btx/error.hpp>
#include <btx/random.hpp>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace btx {
namespace {

at::ScalarType compute_type(const EngineConfig& engine) {
  return engine.dtype == ComputeType::bfloat16 ? at::kBFloat16 : at::kFloat;
}

/// Names of the tensors that are trained. Throws btx::Error (usage) for globs that do not fit.
std::set<std::string> names_to_train(const ModelConfig& config,
                                     const std::vector<TensorInfo>& tensors,
                                     const Training& training) {
  if (!training.trained) return {};
  std::vector<std::string> names;
  for (const auto& tensor : tensors) names.push_back(tensor.name);
  const auto trained = trained_tensors(config, training.frozen);
  throw_if(frozen_fault(training.frozen, names, trained));
  return {trained.begin(), trained.end()};
}

LoadedModel build(const ModelConfig& config, const EngineConfig& engine, const Training& training) {
  LayerRouters routers;
  for (const auto& own : routers_in(config)) {
    const auto router =
        make_component<Router>(own.type, from_json(own.params, "router parameters"));
    for (const auto layer : own.layers) routers.set(layer, router);
  }
  const auto tensors = all_tensors(config);
  const auto names = names_to_train(config, tensors, training);
  const auto exact_names = exact_tensors(config);
  const std::set<std::string> exact(exact_names.begin(), exact_names.end());
  const auto among = [](const std::set<std::string>& set) {
    return [&set](const std::string& name) { return set.count(name) > 0; };
  };
  const at::Device device = open_engine(engine);
  const at::ScalarType type = compute_type(engine);
  LoadedModel model;
  model.config = config;
  model.parameters = std::make_unique<Parameters>(
      tensors, type, device,
      training.trained ? Parameters::Chosen(among(names)) : Parameters::Chosen(),
      training.saved ? Parameters::Chosen() : Parameters::Chosen(among(exact)));
  model.decoder = std::make_unique<Decoder>(config, *model.parameters,
                                            ops_for(engine.kernels, device, type), routers);
  return model;
}

/// Fills each tensor of the model with what `f` writes into a buffer of its size.
template <class F>
void fill(LoadedModel& model, F f) {
  for (const auto& entry : model.parameters->entries()) {
    const at::Tensor values = at::empty(entry.info.shape, at::kFloat);
    f(entry.info,
      std::span<float>(values.data_ptr<float>(), static_cast<std::size_t>(values.numel())));
    model.parameters->view(entry.info.name).copy_(values);
  }
  model.parameters->refresh();
}

double initial_deviation(const TensorInfo& info, const ModelConfig& config, double init_std) {
  const bool into_residual = info.name.ends_with("o_proj.weight") ||
                             info.name.ends_with("down_proj.weight") ||
                             info.name.ends_with("w2.weight");
  return into_residual ? init_std / std::sqrt(2.0 * static_cast<double>(config.num_layers))
                       : init_std;
}

}  // namespace

namespace {

/// Opens LibTorch's CUDA part beside the part that is open.
void open_cuda() {
  const fs::path library = torch_folder() / "lib/libtorch_cuda.so";
  if (::dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    throw Error(
        fmt::format("engine.device = \"cuda\": LibTorch's CUDA part cannot be opened: {}; set "
                    "BTX_TORCH_DIR to a LibTorch 2.11.0 that has it, or engine.device=cpu",
                    ::dlerror()));
  }
  try {
    at::globalContext().lazyInitDevice(at::kCUDA);
  } catch (const c10::Error& error) {
    throw Error(
        fmt::format("engine.device = \"cuda\": CUDA cannot be used here: {} (the driver runs "
                    "CUDA up to {}); see 'nvidia-smi', or set engine.device=cpu",
                    error.what_without_backtrace(), driver_cuda_version()));
  }
}

}  // namespace

at::Device open_engine(const EngineConfig& engine) {
  at::globalContext().setDeterministicAlgorithms(true, false);
  // Nothing is read that was not written, so that filling new memory with NaN is work for nothing.
  at::globalContext().setDeterministicFillUninitializedMemory(false);
  if (engine.device != DeviceChoice::cuda) return at::kCPU;
  open_cuda();
  if (engine.kernels != KernelChoice::aten) cuda::open_module();
  // Products of bfloat16 that are split are added up in float32.
  at::globalContext().setAllowBF16ReductionCuBLAS(false);
  return at::kCUDA;
}

LoadedModel load_model(const ModelFolder& folder, const EngineConfig& engine,
                       const Training& training) {
  ModelConfig config = folder.config();
  const bool new_bias = training.selection_bias && !config.router.selection_bias;
  config.router.selection_bias |= new_bias;
  LoadedModel model = build(config, engine, training);
  fill(model, [&](const TensorInfo& info, std::span<float> out) {
    if (new_bias && is_selection_bias(info.name)) {
      std::fill(out.begin(), out.end(), 0.0F);
    } else {
      folder.read(info.name, 0, out);
    }
  });
  return model;
}

LoadedModel new_model(const ModelConfig& config, double init_std, std::uint64_t seed,
                      const EngineConfig& engine, const Training& training) {
  LoadedModel model = build(config, engine, training);
  fill(model, [&](const TensorInfo& info, std::span<float> out) {
    if (info.shape.size() < 2) {
      std::fill(out.begin(), out.end(), 1.0F);
      return;
    }
    const std::uint64_t key = random_key(seed, "init/" + info.name);
    const auto deviation = static_cast<float>(initial_deviation(info, config, init_std));
    at::parallel_for(0, std::ssize(out), 1 << 16, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        out[static_cast<std::size_t>(i)] =
            deviation * random_normal(key, static_cast<std::uint64_t>(i));
      }
    });
  });
  return model;
}

void save_model(const LoadedModel& model, const fs::path& folder) {
  std::vector<TensorInfo> infos;
  for (const auto& entry : model.parameters->entries()) infos.push_back(entry.info);
  SafetensorsWriter writer(folder / "model.safetensors", infos, {{"format", "pt"}});
  for (const auto& entry : model.parameters->entries()) {
    if (entry.master_offset < 0)
      throw Error(entry.info.name + " has no master to be saved; this is a bug");
  }
  const at::Tensor host = model.parameters->master().cpu();
  writer.append(host.const_data_ptr(), host.nbytes());
  writer.close();
  write_file(folder / "config.json", config_to_json(model.config));
}

}  // namespace btx
