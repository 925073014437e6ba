#include "stages/models/mix.hpp"

#include "base/hash.hpp"
#include "checkpoint/hf/hf_config.hpp"
#include "checkpoint/model_folder.hpp"
#include "checkpoint/side_files.hpp"
#include "checkpoint/tokenizer_files.hpp"
#include "config/config.hpp"
#include "config/value_access.hpp"
#include "eval/dev_loss.hpp"
#include "mix/check_plan.hpp"
#include "mix/execute_plan.hpp"
#include "mix/plan_merge.hpp"
#include "stages/stage_seed.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {
namespace {

std::vector<MergeInput> merge_inputs(const MixWork& work, const std::vector<ModelFolder>& folders) {
  std::vector<MergeInput> inputs;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    inputs.push_back({work.models[i], folders[i].config(), folders[i].tensors()});
  }
  return inputs;
}

/// [models][domains], from the dev_loss/* inputs; empty if there are none.
std::vector<std::vector<double>> dev_losses(const MixWork& work, const StageContext& context) {
  std::vector<std::vector<double>> all;
  for (const auto& [role, folder] : context.inputs) {
    if (!role.starts_with("dev_loss/")) continue;
    const DevLoss loss = read_dev_loss(folder);
    auto& mine = all.emplace_back();
    for (const auto& domain : work.domains) mine.push_back(loss.mean(domain));
  }
  if (!all.empty() && all.size() != work.models.size()) {
    throw Error(
        fmt::format("{} dev losses for {} models; this is a bug", all.size(), work.models.size()));
  }
  return all;
}

Value files_read(const StageContext& context) {
  Value read;
  for (const auto& [role, folder] : context.inputs) {
    for (const auto& item : fs::directory_iterator(folder)) {
      if (item.path().extension() != ".safetensors") continue;
      read.set(role + "/" + item.path().filename().string(), Value(digest_file(item.path())));
    }
  }
  return read;
}

Value origins_of(const MixPlan& plan, const StageContext& context) {
  Value origins;
  for (const auto& tensor : plan.tensors) {
    std::vector<std::string> from;
    for (const auto& ref : references(tensor.origin)) {
      from.push_back(fmt::format("{}:{}", context.inputs[ref.model].first, ref.tensor));
    }
    origins.set(tensor.info.name, to_value(from));
  }
  return origins;
}

}  // namespace

RouterChoice MergedRouter::choice() const {
  RouterChoice choice{type, to_json(params), granularity};
  for (const auto& own : by_layer) {
    choice.by_layer.push_back({own.layers, own.type, to_json(own.params)});
  }
  return choice;
}

void run(const MixWork& work, const StageContext& context) {
  std::vector<ModelFolder> folders;
  for (std::size_t i = 0; i < work.models.size(); ++i) {
    folders.emplace_back(context.inputs[i].second);
  }
  const MergedRouter router = work.router.value_or(MergedRouter{});
  const std::uint64_t seed = stage_seed(work.seed, work.purpose);
  MergeInputs all = make_merge_inputs(merge_inputs(work, folders), router.choice(), router.layers,
                                      work.domains, seed);
  all.dev_loss = dev_losses(work, context);
  const MixPlan plan = plan_merge(work.strategy, work.params, all, router.init);
  std::vector<const ModelFolder*> models;
  for (const auto& folder : folders) models.push_back(&folder);
  const fs::path result = context.output / "model.safetensors";
  execute_plan(plan, models, seed, result);
  write_file(context.output / "config.json", config_to_json(plan.config));
  copy_common_tokenizer(context.inputs, context.output);
  copy_side_files(context.inputs.front().second, context.output);
  const MergeRecord record{files_read(context), digest_file(result), origins_of(plan, context)};
  write_file(context.output / "mix.json", to_json(write_config(record)) + "\n");
}

}  // namespace btx
