#include "base/hash.hpp"
#include "tokenizer/tokenizer.hpp"
#include <btx/random.hpp>
#include "checkpoint/gguf_model.hpp"
#include "checkpoint/model_folder.hpp"
#include "checkpoint/side_files.hpp"
#include "mix/check_plan.hpp"
#include "mix/execute_plan.hpp"
#include "pipeline/base_stages.hpp"
#include "pipeline/dev_loss.hpp"
#include "pipeline/merge_inputs.hpp"
#include "recipe/value_access.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <cmath>

namespace btx {
namespace {

void write_config(const ModelConfig& config, const fs::path& folder) {
  const auto experts = static_cast<std::int64_t>(std::lround(experts_per_token(config)));
  write_file(folder / "config.json", config_to_json(config, is_mixtral(config), experts));
}

/// Every model was made with the same tokenizer, byte for byte; it becomes the result's.
void copy_common_tokenizer(const StageContext& context) {
  const auto& [first_role, first] = context.inputs.front();
  for (const auto& [role, folder] : context.inputs) {
    if (!find_tokenizer(folder)) continue;  // no model
    if (same_tokenizer(folder, first)) continue;
    throw Error(ExitCode::usage, fmt::format("{} and {} have different tokenizers; models can be "
                                             "mixed only with one tokenizer",
                                             first_role, role));
  }
  copy_tokenizer(first, context.output);
}

Value describe(const StageContext& context, const MixPlan& plan) {
  Value origins;
  for (const auto& tensor : plan.tensors) {
    Array from;
    for (const auto& ref : references(tensor.origin)) {
      from.emplace_back(fmt::format("{}:{}", context.inputs[ref.model].first, ref.tensor));
    }
    origins.set(tensor.info.name, Value(std::move(from)));
  }
  Value read;
  for (const auto& [role, folder] : context.inputs) {
    for (const auto& item : fs::directory_iterator(folder)) {
      if (item.path().extension() != ".safetensors") continue;
      read.set(role + "/" + item.path().filename().string(), Value(digest_file(item.path())));
    }
  }
  Value all;
  all.set("read", std::move(read));
  all.set("written", Value(digest_file(context.output / "model.safetensors")));
  all.set("origins", std::move(origins));
  return all;
}

}  // namespace

void run_import(const StageContext& context) {
  const fs::path path = context.config.at("path").as<std::string>();
  if (is_gguf(path)) {
    const GgufModel model(path);
    write_safetensors(model, context.output / "model.safetensors");
    write_config(model.config(), context.output);
    copy_common_tokenizer(context);
    return;
  }
  const ModelFolder model(path);
  MixPlan plan;
  plan.config = model.config();
  for (const auto& tensor : model.tensors()) {
    plan.tensors.push_back(
        {{tensor.name, DType::float32, tensor.shape}, CopyOrigin{{0, tensor.name}}});
  }
  execute_plan(plan, {&model}, 0, context.output / "model.safetensors");
  write_config(plan.config, context.output);
  copy_common_tokenizer(context);
  // Theirs goes with a tokenizer that was seen to be this run's, and with no other.
  if (fs::is_directory(path) && find_tokenizer(path)) copy_side_files(path, context.output);
}

/// [models][domains], from the dev_loss/* inputs; empty if there are none.
std::vector<std::vector<double>> dev_losses(const StageContext& context,
                                            const std::vector<MergeInput>& models,
                                            const std::vector<std::string>& domains) {
  std::vector<std::vector<double>> all;
  for (const auto& [role, folder] : context.inputs) {
    if (!role.starts_with("dev_loss/")) continue;
    const DevLoss loss = read_dev_loss(folder);
    auto& mine = all.emplace_back();
    for (const auto& domain : domains) mine.push_back(loss.mean(domain));
  }
  if (!all.empty() && all.size() != models.size()) {
    throw Error(
        fmt::format("{} dev losses for {} models; this is a bug", all.size(), models.size()));
  }
  return all;
}

void run_mix(const StageContext& context) {
  const Value& config = context.config;
  std::vector<ModelFolder> folders;
  std::vector<MergeInput> inputs;
  const Array& infos = config.at("models").as<Array>();
  for (std::size_t i = 0; i < infos.size(); ++i) {
    const ModelFolder& folder = folders.emplace_back(context.inputs[i].second);
    inputs.push_back({expert_from(infos[i]), folder.config(), folder.tensors()});
  }
  RouterConfig router;
  if (config.find("router") != nullptr) router = router_from(config.at("router"));
  const auto seed = random_key(static_cast<std::uint64_t>(config.at("seed").as<std::int64_t>()),
                               config.at("purpose").as<std::string>());
  const auto domains = strings_of(config.at("domains"));
  const auto losses = dev_losses(context, inputs, domains);
  MergeInputs all = merge_inputs(std::move(inputs), router, domains, seed);
  all.dev_loss = losses;
  const MixPlan plan =
      plan_merge(config.at("strategy").as<std::string>(), config.at("params"), all, router.init);
  std::vector<const ModelFolder*> models;
  for (const auto& folder : folders) models.push_back(&folder);
  execute_plan(plan, models, seed, context.output / "model.safetensors");
  write_config(plan.config, context.output);
  copy_common_tokenizer(context);
  copy_side_files(context.inputs.front().second, context.output);
  write_file(context.output / "mix.json", to_json(describe(context, plan)) + "\n");
}

}  // namespace btx
