#include "train/training_state.hpp"

#include "base/hash.hpp"
#include "checkpoint/safetensors.hpp"
#include "config/sealed_json.hpp"
#include "config/value_access.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <ATen/ops/from_blob.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace btx {
namespace {

constexpr const char* kTensors = "state.safetensors";
constexpr const char* kState = "state.json";

using Named = std::pair<const char*, at::Tensor>;

std::array<Named, 3> tensors_of(const Parameters& parameters, AdamW& optimizer) {
  return {Named{"parameters", parameters.master()}, Named{"m", optimizer.m()},
          Named{"v", optimizer.v()}};
}

std::vector<fs::path> steps_of(const fs::path& folder) {
  std::vector<fs::path> steps;
  if (!fs::exists(folder)) return steps;
  for (const auto& item : fs::directory_iterator(folder)) {
    const std::string name = item.path().filename().string();
    if (name.starts_with("step-")) steps.push_back(item.path());
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

std::string digest_of(const at::Tensor& host) {
  return digest({static_cast<const char*>(host.const_data_ptr()), host.nbytes()});
}

/// `digests` are those of the tensors, by name.
Value state_value(const TrainingState& state, Value digests) {
  Value json;
  json.set("step", Value(state.step));
  json.set("seconds", Value(state.seconds));
  json.set("last_loss", Value(state.last_loss));
  json.set("slots", to_value(state.slots));
  json.set("computed", Value(state.computed));
  json.set("digests", std::move(digests));
  return json;
}

TrainingState state_from(const Value& json) {
  TrainingState state;
  state.step = json.at("step").as<std::int64_t>();
  state.seconds = number_of(json.at("seconds"));
  state.last_loss = number_of(json.at("last_loss"));
  state.slots = numbers_of(json.at("slots"));
  state.computed = json.at("computed").as<std::string>();
  return state;
}

TrainingState load_step(const fs::path& step, Parameters& parameters, AdamW& optimizer) {
  const Value json = read_sealed_json(step / kState);
  TrainingState state = state_from(json);
  const SafetensorsFile file(step / kTensors);
  for (const auto& [name, tensor] : tensors_of(parameters, optimizer)) {
    const auto stored = std::find_if(file.tensors().begin(), file.tensors().end(),
                                     [&name = name](const auto& t) { return t.info.name == name; });
    if (stored == file.tensors().end() || stored->info.elements() != tensor.numel() ||
        stored->info.dtype != DType::float32) {
      throw Error(fmt::format("{}: '{}' does not fit the model", file.path().string(), name));
    }
    auto* data = const_cast<std::byte*>(file.data(*stored));
    const at::Tensor host = at::from_blob(data, tensor.sizes(), tensor.options().device(at::kCPU));
    if (digest_of(host) != json.at("digests").at(name).as<std::string>()) {
      throw Error(fmt::format("{}: '{}' has changed", file.path().string(), name));
    }
    tensor.copy_(host);
  }
  parameters.refresh();
  return state;
}

}  // namespace

void save_checkpoint(const fs::path& folder, const TrainingState& state,
                     const Parameters& parameters, AdamW& optimizer, std::int64_t keep) {
  make_folder(folder);
  const fs::path done = folder / fmt::format("step-{:08}", state.step);
  if (fs::exists(done)) return;
  const fs::path beside = folder / ".writing";
  fs::remove_all(beside);
  make_folder(beside);
  try {
    std::vector<TensorInfo> infos;
    const auto tensors = tensors_of(parameters, optimizer);
    for (const auto& [name, tensor] : tensors)
      infos.push_back({name, DType::float32, {tensor.numel()}});
    SafetensorsWriter writer(beside / kTensors, infos);
    Value digests;
    for (const auto& [name, tensor] : tensors) {
      const at::Tensor host = tensor.cpu();
      writer.append(host.const_data_ptr(), host.nbytes());
      digests.set(name, Value(digest_of(host)));
    }
    writer.close();
    write_sealed_json(beside / kState, state_value(state, std::move(digests)), true);
  } catch (...) {
    fs::remove_all(beside);
    throw;
  }
  fs::rename(beside, done);
  const auto steps = steps_of(folder);
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep) < steps.size(); ++i) {
    fs::remove_all(steps[i]);
  }
}

std::optional<fs::path> newest_checkpoint_before(const fs::path& folder, std::int64_t step) {
  const std::string limit = fmt::format("step-{:08}", step);
  std::optional<fs::path> newest;
  for (const auto& each : steps_of(folder)) {
    if (each.filename().string() < limit) newest = each;
  }
  return newest;
}

std::optional<TrainingState> load_checkpoint(const fs::path& folder, Parameters& parameters,
                                             AdamW& optimizer) {
  auto steps = steps_of(folder);
  std::string reason;
  std::vector<fs::path> damaged;
  for (; !steps.empty(); steps.pop_back()) {
    try {
      TrainingState state = load_step(steps.back(), parameters, optimizer);
      for (const auto& step : damaged) fs::remove_all(step);
      return state;
    } catch (const Error& error) {
      reason = error.what();
      log(LogLevel::warning, "a checkpoint cannot be read: " + reason);
      damaged.push_back(steps.back());
    }
  }
  if (damaged.empty()) return std::nullopt;
  throw Error(
      fmt::format("no checkpoint in {} can be read; remove the folder to start the stage "
                  "over ({})",
                  folder.string(), reason));
}

}  // namespace btx
