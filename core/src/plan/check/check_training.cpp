#include "plan/check/check_training.hpp"

#include "config/place.hpp"
#include "model_spec/router_info.hpp"
#include "model_spec/trained_tensors.hpp"
#include "recipe/training_fault.hpp"

#include <fmt/format.h>

namespace btx {

void check_training(const std::string& where, const Value& written, const TrainConfig& train,
                    const ModelConfig& model) {
  const auto refuse_if = [&](const std::optional<TrainingFault>& fault) {
    if (!fault) return;
    fail_at(nearest(written, {fault->key}).place,
            fmt::format("{}.{}: {}", where, fault->key, fault->what));
  };
  refuse_if(step_fault(train, model.context));
  std::vector<std::string> tensors;
  for (const auto& tensor : all_tensors(model)) tensors.push_back(tensor.name);
  const auto trained = trained_tensors(model, train.frozen);
  refuse_if(frozen_fault(train.frozen, tensors, trained));
  refuse_if(group_fault(train.group, tensors, trained));
}

}  // namespace btx
