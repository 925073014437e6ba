// [[baseline]], and the names of all models.
#include "base/text.hpp"
#include "plan/check/check_baseline.hpp"
#include "plan/resolve/resolver.hpp"
#include "recipe/merge.hpp"
#include "recipe/stage_names.hpp"

#include <btx/log.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace btx {

/// `import`, `mix` and `ensemble`.
void Resolver::resolve_origin(BaselineConfig& baseline, ResolvedBaseline& resolved) {
  const std::string where = "baseline." + baseline.name;
  resolved.from_seed = baseline.from == BaselineFrom::seed;
  resolved.import = baseline.import;
  resolved.cost = baseline.cost;
  if (!baseline.mix.as<Table>().empty()) {
    auto mix = read_config<MixConfig>(baseline.mix, "[" + where + ".mix]");
    mix.params = params_of("merge", mix.strategy, mix.params,
                           {"baseline", baseline.name, "mix", "strategy"});
    baseline.mix = write_config(mix);
    resolved.mix = std::move(mix);
  }
  if (!baseline.ensemble.as<Table>().empty()) {
    auto ensemble = read_config<EnsembleConfig>(baseline.ensemble, "[" + where + ".ensemble]");
    ensemble.params = params_of("ensemble", ensemble.type, ensemble.params,
                                {"baseline", baseline.name, "ensemble", "type"});
    baseline.ensemble = write_config(ensemble);
    resolved.ensemble = std::move(ensemble);
  }
  for (const char* key : {"from", "train"}) {
    if (baseline.import.empty()) break;
    warn_unread({"baseline", baseline.name, key}, where + ".import is set");
  }
  if (resolved.ensemble) {
    warn_unread({"baseline", baseline.name, "train"}, where + " is an ensemble");
  }
}

/// [router] with the baseline's own laid on it. Balances are one thing: its own replace [router]'s.
void Resolver::resolve_own_router(BaselineConfig& baseline, ResolvedBaseline& resolved) {
  resolved.router = r_.router;
  resolved.own_router = !baseline.router.as<Table>().empty();
  if (!resolved.own_router) return;
  Value merged = tree_.at("router");  // as written: resolved, layers would keep what they inherit
  if (baseline.router.find("balance") != nullptr) merged.erase("balance");
  merge(merged, baseline.router);
  merged.place = baseline.router.place;
  auto router = read_config<RouterConfig>(merged, "[baseline." + baseline.name + ".router]");
  resolved.router = resolve_router(router, {"baseline", baseline.name, "router"});
  baseline.router = write_config(router);
  copy_sources(baseline.router, merged);
}

/// A variant of the mixture is to differ in what it is a variant of, not in how it is trained.
void Resolver::warn_unlike(const ResolvedBaseline& baseline) const {
  if (baseline.match == Match::none || baseline.from_seed || r_.finetune.empty()) return;
  const Value mine = write_config(baseline.train);
  const Value other = write_config(r_.finetune.back().train);
  std::vector<std::string> differing;
  for (const char* key : {"batch_tokens", "lr", "min_lr_factor", "warmup_fraction", "warmup_steps",
                          "schedule", "beta1", "beta2", "epsilon", "weight_decay", "clip"}) {
    if (to_json(mine.at(key)) == to_json(other.at(key))) continue;
    differing.push_back(
        fmt::format("{} {} against {}", key, to_json(mine.at(key)), to_json(other.at(key))));
  }
  if (differing.empty()) return;
  log(LogLevel::warning,
      fmt::format(
          "{}: baseline '{}' is made of the experts as the mixture is, but is not trained as the "
          "finetune stage is: {}; give [train] what both are to have",
          nearest(tree_, {"baseline", baseline.name}).place.str(), baseline.name, join(differing)));
}

void Resolver::resolve_baseline(BaselineConfig& baseline) {
  const ValuePath at = {"baseline", baseline.name};
  const ValuePath train = {"baseline", baseline.name, "train"};
  check_name(at, "baseline", baseline.name);
  ResolvedBaseline resolved;
  resolved.name = baseline.name;
  resolved.match = baseline.match;
  resolve_origin(baseline, resolved);
  resolve_own_router(baseline, resolved);
  if (resolved.match == Match::none) {
    Value unread = baseline.train;
    Value& read = resolved.import.empty() && !resolved.ensemble ? baseline.train : unread;
    resolved.phases = phases(read, train, all_domains());
  } else {
    if (const Value* phase = baseline.train.find("phase")) {
      fail_at(phase->place,
              fmt::format("baseline '{}': train.phase cannot be given together with match, which "
                          "sets what is trained; remove one",
                          baseline.name));
    }
    resolved.train = training(baseline.train, fmt::format("{}", fmt::join(train, ".")), {}, true);
  }
  const bool experts_trained =
      std::ranges::any_of(r_.experts, [](const auto& e) { return e.import.empty(); });
  const BaselineFault fault =
      check_baseline(resolved, experts_trained, !r_.finetune.empty(), r_.recipe.run.rates.given());
  if (!fault.what.empty()) {
    ValuePath path = at;
    path.insert(path.end(), fault.key.begin(), fault.key.end());
    refuse(path, fmt::format("baseline '{}': {}", baseline.name, fault.what));
  }
  if (resolved.train.data.empty()) resolved.train.data = all_domains();
  warn_unlike(resolved);
  r_.baselines.push_back(std::move(resolved));
}

/// No two models share a name: it stands for them in reports, on the command line and in stages.
void Resolver::check_model_names() const {
  std::set<std::string> taken(kReservedModels.begin(), kReservedModels.end());
  const std::string reserved = join({kReservedModels.begin(), kReservedModels.end()});
  const auto take = [&](const char* kind, const std::string& name) {
    if (taken.insert(name).second) return;
    refuse({kind, name},
           fmt::format("{} '{}': another model has that name ({} are the run's own); give it "
                       "another one",
                       kind, name, reserved));
  };
  for (const auto& expert : r_.experts) take("expert", expert.name);
  for (const auto& baseline : r_.baselines) take("baseline", baseline.name);
}

}  // namespace btx
