// Training tables: [train] with each stage's own laid on it.
#include "plan/imported_tokenizer.hpp"
#include "plan/resolve/resolver.hpp"
#include "recipe/merge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace btx {

/// [train] with `own` laid on it; `own` becomes the whole of it. Weights of domains are one thing:
/// those of `own` replace [train]'s. Without either the stage has `data`, which comes before
/// [train]'s, too, if it is `known` what the stage is for.
TrainConfig Resolver::training(Value& own, const std::string& where,
                               const std::map<std::string, double>& default_data, bool known) {
  const Value* defaults = tree_.find("train");
  Value merged = defaults == nullptr ? Value{} : *defaults;
  merged.place = own.place;
  if (known || own.find("data") != nullptr) {
    std::erase_if(merged.as<Table>(), [](const Member& member) { return member.key == "data"; });
  }
  merge(merged, own);
  auto config = read_config<TrainConfig>(merged, "[" + where + "]");
  if (config.tokens > 0 && config.flops > 0) {
    fail_at(nearest(merged, {"flops"}).place,
            fmt::format("[{}]: both tokens and flops say how much is trained; set one of them to 0",
                        where));
  }
  if (config.data.empty()) config.data = default_data;
  check_domain_weights(config, merged, where);
  own = write_config(config);
  copy_sources(own, merged);
  return config;
}

void Resolver::check_domain_weights(const TrainConfig& config, const Value& merged,
                                    const std::string& where) const {
  const Value* data = merged.find("data");
  for (const auto& [domain, weight] : config.data) {
    check_domain(data == nullptr ? merged : *data, "[" + where + "] data", domain);
  }
  double total = 0;
  for (const auto& [domain, weight] : config.data) total += weight;
  if (total == 0 && !config.data.empty()) {
    fail_at(data->place, fmt::format("[{}] data: every weight is 0", where));
  }
  if (std::isinf(total)) {
    fail_at(data->place, fmt::format("[{}] data: the weights' sum is infinite; only their ratios "
                                     "count, so give smaller ones",
                                     where));
  }
}

/// What an imported model was trained on: only it cannot be known from how it is trained.
void Resolver::check_imported_data(const std::map<std::string, double>& data, const ValuePath& path,
                                   bool imported) const {
  if (data.empty()) return;
  const std::string key = fmt::format("{}", fmt::join(path, "."));
  if (!imported) {
    refuse(path, fmt::format("{}: says what an imported model was trained on, but the model is "
                             "trained here; set train.data, or remove it",
                             key));
  }
  for (const auto& [domain, weight] : data) check_domain(nearest(tree_, path), key, domain);
  if (std::ranges::all_of(data, [](const auto& weight) { return weight.second == 0; })) {
    refuse(path, key + ": every weight is 0");
  }
}

void Resolver::resolve_tokenizer() const {
  if (!imports_tokenizer(r_.recipe)) return;
  for (const char* key : {"vocab_size", "train_bytes", "split_digits"}) {
    warn_unread({"tokenizer", key}, "the tokenizer is imported");
  }
}

void Resolver::resolve_seed() {
  SeedModelConfig& seed = r_.recipe.seed_model;
  check_imported_data(seed.data, {"seed_model", "data"}, !seed.import.empty());
  r_.seed_data = seed.data.empty() ? all_domains() : seed.data;
  if (!seed.import.empty()) {
    Value unread = seed.train;
    training(unread, "seed_model.train", all_domains());  // refuses what is wrong in it
    warn_unread({"seed_model", "train"}, "seed_model.import is set");
    warn_unread({"model"}, "seed_model.import is set");
    return;
  }
  r_.seed_train = training(seed.train, "seed_model.train", all_domains());
  r_.seed_data = r_.seed_train->data;
  if (r_.seed_train->trains()) return;
  refuse({"seed_model", "train", "tokens"},
         "seed_model.train.tokens: needs at least 1 for a seed that is trained; or give "
         "seed_model.import");
}

}  // namespace btx
