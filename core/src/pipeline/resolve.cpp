#include "pipeline/resolve.hpp"

#include "base/text.hpp"
#include "data/grams.hpp"
#include "pipeline/baseline_fault.hpp"
#include "pipeline/engine.hpp"
#include "pipeline/evaluation_sets.hpp"
#include "pipeline/imported_tokenizer.hpp"
#include "plugin/component.hpp"
#include "recipe/config.hpp"
#include "recipe/merge.hpp"
#include "recipe/place.hpp"
#include "recipe/sweep.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace btx {
namespace {

[[noreturn]] void refuse(const Value& at, const std::string& what) {
  fail_at(at.source, what);
}

/// A name becomes part of stage names and file names.
void check_name(const Value& at, const std::string& what, const std::string& name) {
  const bool good = !name.empty() && name.size() <= 64 &&
                    std::all_of(name.begin(), name.end(),
                                [](unsigned char c) {
                                  return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
                                }) &&
                    name.front() != '.';
  if (!good) {
    refuse(at, fmt::format("{} '{}': a name has 1 to 64 of letters, digits, '_', '-' and '.'", what,
                           name));
  }
}

class Resolver {
 public:
  explicit Resolver(const LoadedRecipe& loaded) : tree_(loaded.tree) {
    r_.recipe = read_config<Recipe>(tree_, "");
  }

  ResolvedRecipe resolve() {
    Recipe& recipe = r_.recipe;
    check_name(place({"run", "name"}), "run.name", recipe.run.name);
    if (recipe.run.dir.empty()) refuse(place({"run", "dir"}), "run.dir: needs a folder");
    recipe.run.store = recipe.run.store_folder();
    recipe.engine = resolve_engine(recipe.engine);
    for (auto& [name, data] : recipe.data) {
      check_name(place({"data", name}), "domain", name);
      data.params = params_of("source", data.source, data.params, {"data", name, "source"});
    }
    resolve_model();
    resolve_training();
    resolve_mixing();
    resolve_baselines();
    resolve_tasks();
    check_decontamination();
    read_sweep_table(recipe.sweep);  // refuses what is none
    r_.tree = write_config(recipe);
    copy_sources(r_.tree, tree_);
    return std::move(r_);
  }

 private:
  const Value& place(const ValuePath& path) const { return nearest(tree_, path); }

  /// Whole parameters of a component that is named at `path`.
  Value params_of(const std::string& kind, const std::string& name, const Value& given,
                  const ValuePath& path) const {
    return with_place(tree_, path, [&] { return resolve_params(kind, name, given); });
  }

  void resolve_model() {
    ModelShape& model = r_.recipe.model;
    if (model.head_dim > 0) return;
    if (model.hidden_size % model.heads != 0) {
      refuse(place({"model", "heads"}),
             fmt::format("model.heads: {} does not divide hidden_size {}; set model.head_dim, or "
                         "another number of heads",
                         model.heads, model.hidden_size));
    }
    model.head_dim = model.hidden_size / model.heads;
  }

  std::map<std::string, double> all_domains() const {
    std::map<std::string, double> weights;
    for (const auto& [name, data] : r_.recipe.data) weights[name] = 1.0;
    return weights;
  }

  /// [train] with `own` laid on it; `own` becomes the whole of it.
  TrainConfig training(Value& own, const std::string& where,
                       const std::map<std::string, double>& default_data) {
    const Value* defaults = tree_.find("train");
    Value merged = defaults == nullptr ? Value{} : *defaults;
    merged.source = own.source;
    merge(merged, own);
    auto config = read_config<TrainConfig>(merged, "[" + where + "]");
    if (config.data.empty()) config.data = default_data;
    for (const auto& [domain, weight] : config.data) {
      if (r_.recipe.data.count(domain) == 0) {
        refuse(merged.find("data") == nullptr ? own : *merged.find("data"),
               fmt::format("[{}] data: no domain '{}'{} known: {}", where, domain,
                           did_you_mean(domain, r_.domains()), join(r_.domains())));
      }
    }
    const bool idle = std::all_of(config.data.begin(), config.data.end(),
                                  [](const auto& weight) { return weight.second == 0; });
    if (idle && !config.data.empty()) {
      refuse(*merged.find("data"), fmt::format("[{}] data: every weight is 0", where));
    }
    own = write_config(config);
    copy_sources(own, merged);
    return config;
  }

  void resolve_training() {
    Recipe& recipe = r_.recipe;
    if (!recipe.seed_model.import.empty()) {
      Value unread = recipe.seed_model.train;
      training(unread, "seed_model.train", all_domains());
      warn_unread({"seed_model", "train"}, "the seed is imported");
      warn_unread({"model"}, "the seed is imported");
    }
    if (imports_tokenizer(recipe)) {
      for (const char* key : {"vocab_size", "train_bytes", "split_digits"}) {
        warn_unread({"tokenizer", key}, "the tokenizer is imported");
      }
    }
    if (recipe.seed_model.import.empty()) {
      r_.seed_train = training(recipe.seed_model.train, "seed_model.train", all_domains());
      if (r_.seed_train->tokens == 0) {
        refuse(place({"seed_model", "train", "tokens"}),
               "seed_model.train.tokens: needs at least 1 for a seed that is trained; or give "
               "seed_model.import");
      }
    }
    std::set<std::string> taken = {"seed", "mix", "mixture"};
    for (auto& expert : recipe.expert) {
      check_name(place({"expert", expert.name}), "expert", expert.name);
      if (!taken.insert(expert.name).second) {
        refuse(place({"expert", expert.name}),
               fmt::format("expert '{}': another model has that name; 'seed', 'mix' and 'mixture' "
                           "are the run's own",
                           expert.name));
      }
      if (expert.domain.empty()) expert.domain = expert.name;
      if (recipe.data.count(expert.domain) == 0) {
        refuse(place({"expert", expert.name, "domain"}),
               fmt::format("expert '{}': no domain '{}'{} known: {}", expert.name, expert.domain,
                           did_you_mean(expert.domain, r_.domains()), join(r_.domains())));
      }
      if (!expert.import.empty()) {
        Value unread = expert.train;
        training(unread, "expert." + expert.name + ".train", {{expert.domain, 1.0}});
        warn_unread({"expert", expert.name, "train"}, "the expert is imported");
      }
      ResolvedExpert resolved{expert.name, expert.domain, expert.import, {}};
      if (expert.import.empty()) {
        resolved.train =
            training(expert.train, "expert." + expert.name + ".train", {{expert.domain, 1.0}});
      }
      r_.experts.push_back(std::move(resolved));
    }
    TrainConfig finetune = training(recipe.finetune, "finetune", all_domains());
    if (finetune.tokens > 0) r_.finetune = std::move(finetune);
  }

  void resolve_mixing() {
    MixConfig& mix = r_.recipe.mix;
    mix.params = params_of("merge", mix.strategy, mix.params, {"mix", "strategy"});
    RouterConfig& router = r_.recipe.router;
    router.params = params_of("router", router.type, router.params, {"router", "type"});
    router.init.params =
        params_of("gate_init", router.init.type, router.init.params, {"router", "init", "type"});
    refuse_twice(router.layers, {"router", "layers"});
    for (auto& [name, params, source] : router.balance.as<Table>()) {
      if (!params.is<Table>())
        refuse(params, fmt::format("router.balance.{} must be a table", name));
      params = params_of("balance", name, params, {"router", "balance", name});
      r_.balances.push_back({name, params});
    }
  }

  void resolve_baselines() {
    std::set<std::string> taken = {"seed", "mix", "mixture"};
    for (const auto& expert : r_.experts) taken.insert(expert.name);
    for (auto& baseline : r_.recipe.baseline) {
      check_name(place({"baseline", baseline.name}), "baseline", baseline.name);
      if (!taken.insert(baseline.name).second) {
        refuse(place({"baseline", baseline.name}),
               fmt::format("baseline '{}': another model has that name", baseline.name));
      }
      r_.baselines.push_back(resolve_baseline(baseline));
    }
  }

  ResolvedBaseline resolve_baseline(BaselineConfig& baseline) {
    ResolvedBaseline resolved;
    resolved.name = baseline.name;
    resolved.from_seed = baseline.from == "seed";
    resolved.match = baseline.match;
    const std::string where = "baseline." + baseline.name;
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
    resolved.train = training(baseline.train, where + ".train", {});
    const bool experts_trained = std::any_of(r_.experts.begin(), r_.experts.end(),
                                             [](const auto& e) { return e.import.empty(); });
    const std::string fault = baseline_fault(resolved, experts_trained, r_.finetune.has_value());
    if (!fault.empty()) {
      refuse(place({"baseline", baseline.name}),
             fmt::format("baseline '{}': {}", baseline.name, fault));
    }
    if (resolved.train.data.empty()) resolved.train.data = all_domains();
    return resolved;
  }

  /// Warns of what the recipe says at `path` and nothing reads. No error: a recipe that extends
  /// another cannot take out what that one says.
  void warn_unread(const ValuePath& path, const std::string& why) const {
    const Value* at = &tree_;
    for (const auto& key : path) {
      at = child_of(*at, key);
      if (at == nullptr) return;
    }
    if (at->is<Table>() && at->as<Table>().empty()) return;
    log(LogLevel::warning,
        fmt::format("{}: {} is not used, as {}", at->source.str(), fmt::join(path, "."), why));
  }

  template <class T>
  void refuse_twice(std::vector<T> items, const ValuePath& path) const {
    std::sort(items.begin(), items.end());
    const auto twice = std::adjacent_find(items.begin(), items.end());
    if (twice == items.end()) return;
    refuse(place(path), fmt::format("{}: '{}' is given twice", fmt::join(path, "."), *twice));
  }

  void resolve_tasks() {
    EvalConfig& eval = r_.recipe.eval;
    if (eval.tasks.empty()) refuse(place({"eval", "tasks"}), "eval.tasks: needs at least one task");
    refuse_twice(eval.tasks, {"eval", "tasks"});
    Value params;
    for (const auto& task : eval.tasks) {
      const Value* given = eval.params.find(task);
      params.set(task,
                 params_of("task", task, given == nullptr ? Value{} : *given, {"eval", "tasks"}));
    }
    for (const auto& [task, value, source] : eval.params.as<Table>()) {
      if (params.find(task) == nullptr) {
        throw Error(ExitCode::usage,
                    fmt::format("{}: eval.params.{}: no such task in eval.tasks{}", source.str(),
                                task, did_you_mean(task, eval.tasks)));
      }
    }
    eval.params = params;
    resolve_sets(eval, tree_, r_.domains());
  }

  void check_decontamination() const {
    const std::int64_t words = r_.recipe.split.decontaminate;
    const ValuePath path = {"split", "decontaminate"};
    if (words == 0) return;
    if (words < static_cast<std::int64_t>(GramIndex::kShortest)) {
      refuse(place(path), fmt::format("split.decontaminate: needs at least {} words, as texts have "
                                      "shorter runs in common by chance, or 0 for off; got {}",
                                      GramIndex::kShortest, words));
    }
    if (r_.recipe.eval.set.empty()) {
      refuse(place(path),
             "split.decontaminate: there is no evaluation set to keep the documents apart from; "
             "give some ([[eval.set]]), or 0");
    }
    if (!r_.recipe.run.pack.empty()) {
      warn_unread(path, "the documents of run.pack are those it was made with");
    }
  }

  const Value& tree_;
  ResolvedRecipe r_;
};

}  // namespace

std::vector<std::string> ResolvedRecipe::domains() const {
  std::vector<std::string> names;
  for (const auto& [name, data] : recipe.data) names.push_back(name);
  return names;
}

ResolvedRecipe resolve_recipe(const LoadedRecipe& loaded) {
  return Resolver(loaded).resolve();
}

}  // namespace btx
