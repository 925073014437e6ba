#include "model/load.hpp"

#include "base/text.hpp"
#include "model/layout.hpp"
#include "pipeline/merge_inputs.hpp"

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
  return engine.dtype == "bfloat16" ? at::kBFloat16 : at::kFloat;
}

const Ops& ops_of(const EngineConfig& engine) {
  if (engine.kernels != "fast") return reference_ops();
  return engine.device == "cpu" ? cpu_ops() : sorted_ops();
}

/// Names of the tensors that only a router's after_step() changes.
std::set<std::string> router_state(const ModelConfig& config, const Component<Router>& router) {
  std::set<std::string> names;
  if (!router) return names;
  for (const auto& site : routing_sites(config)) {
    const auto own = router.call([&](const Router& r) { return r.tensors(config, site.layer); });
    for (const auto& tensor : own) {
      if (tensor.state) names.insert(router_tensor_name(site.layer, tensor.name));
    }
  }
  return names;
}

void check_frozen(const Parameters& parameters, const std::vector<std::string>& globs) {
  const std::string& example = parameters.entries().front().info.name;
  for (const auto& glob : globs) {
    const auto matches = [&](const auto& entry) { return glob_match(glob, entry.info.name); };
    if (std::any_of(parameters.entries().begin(), parameters.entries().end(), matches)) continue;
    throw Error(ExitCode::usage,
                fmt::format("train.frozen: '{}' matches no tensor of the model; names look like "
                            "'{}'",
                            glob, example));
  }
  const auto trained = [](const auto& entry) { return entry.trained; };
  if (std::none_of(parameters.entries().begin(), parameters.entries().end(), trained)) {
    throw Error(ExitCode::usage, "train.frozen: it leaves nothing to be trained");
  }
}

LoadedModel build(const ModelConfig& config, const EngineConfig& engine, const Training& training) {
  Component<Router> router;
  if (config.num_experts() > 0) {
    router = make_component<Router>(config.router.type,
                                    from_json(config.router.params, "router parameters"));
  }
  const auto state = router_state(config, router);
  const auto trained = [&](const std::string& name) {
    const auto matches = [&](const std::string& glob) { return glob_match(glob, name); };
    return state.count(name) == 0 &&
           std::none_of(training.frozen.begin(), training.frozen.end(), matches);
  };
  LoadedModel model;
  model.config = config;
  model.parameters = std::make_unique<Parameters>(
      model_tensors(config, router ? &router.get() : nullptr), compute_type(engine),
      open_engine(engine), training.trained ? Parameters::Trained(trained) : Parameters::Trained());
  if (training.trained) check_frozen(*model.parameters, training.frozen);
  model.decoder = std::make_unique<Decoder>(config, *model.parameters, ops_of(engine), router);
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

at::Device open_engine(const EngineConfig& engine) {
  at::set_num_threads(static_cast<int>(engine.threads));
  at::globalContext().setDeterministicAlgorithms(true, false);
  if (engine.device != "cuda") return at::kCPU;
  if (::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr ||
      !at::globalContext().hasCUDA()) {
    const char* reason = ::dlerror();
    throw Error(
        fmt::format("engine.device = \"cuda\": LibTorch's CUDA libraries cannot be opened{}{}",
                    reason == nullptr ? "" : ": ", reason == nullptr ? "" : reason));
  }
  return at::kCUDA;
}

LoadedModel load_model(const ModelFolder& folder, const EngineConfig& engine,
                       const Training& training) {
  LoadedModel model = build(folder.config(), engine, training);
  fill(model,
       [&](const TensorInfo& info, std::span<float> out) { folder.read(info.name, 0, out); });
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
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = deviation * random_normal(key, i);
  });
  return model;
}

void save_model(const LoadedModel& model, const fs::path& folder) {
  std::vector<TensorInfo> infos;
  for (const auto& entry : model.parameters->entries()) infos.push_back(entry.info);
  SafetensorsWriter writer(folder / "model.safetensors", infos, {{"format", "pt"}});
  const at::Tensor host = model.parameters->master().cpu();
  writer.append(host.const_data_ptr(), host.nbytes());
  writer.close();
  const auto experts = static_cast<std::int64_t>(std::lround(experts_per_token(model.config)));
  write_file(folder / "config.json",
             config_to_json(model.config, is_mixtral(model.config), experts));
}

}  // namespace btx
