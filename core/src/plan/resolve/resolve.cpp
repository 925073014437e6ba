#include "plan/resolve/resolve.hpp"

#include "base/text.hpp"
#include "plan/resolve/resolver.hpp"
#include "plugin/component.hpp"
#include "recipe/sweep.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {

Resolver::Resolver(const LoadedRecipe& loaded) : tree_(loaded.tree) {
  r_.recipe = read_config<Recipe>(tree_, "");
}

ResolvedRecipe Resolver::resolve() {
  Recipe& recipe = r_.recipe;
  check_name({"run", "name"}, "run.name", recipe.run.name);
  if (recipe.run.dir.empty()) refuse({"run", "dir"}, "run.dir: needs a folder");
  recipe.run.store = recipe.run.store_folder();
  for (auto& [name, data] : recipe.data) {
    check_name({"data", name}, "domain", name);
    data.params = params_of("source", data.source, data.params, {"data", name, "source"});
  }
  resolve_model();
  resolve_tokenizer();
  resolve_seed();
  for (auto& expert : recipe.expert) resolve_expert(expert);
  check_origins();
  order_experts();
  resolve_finetune();
  resolve_mixing();
  for (auto& baseline : recipe.baseline) resolve_baseline(baseline);
  check_model_names();
  resolve_tasks();
  check_tasks();
  check_decontamination();
  read_sweep_table(recipe.sweep);  // refuses what is not one
  r_.tree = write_config(recipe);
  copy_sources(r_.tree, tree_);
  return std::move(r_);
}

void Resolver::resolve_model() {
  ModelShape& model = r_.recipe.model;
  if (model.head_dim > 0) return;
  if (model.hidden_size % model.heads != 0) {
    refuse({"model", "heads"},
           fmt::format("model.heads: {} does not divide hidden_size {}; set model.head_dim, or "
                       "another number of heads",
                       model.heads, model.hidden_size));
  }
  model.head_dim = model.hidden_size / model.heads;
}

void Resolver::resolve_mixing() {
  MixConfig& mix = r_.recipe.mix;
  mix.params = params_of("merge", mix.strategy, mix.params, {"mix", "strategy"});
  r_.router = resolve_router(r_.recipe.router, {"router"});
}

void Resolver::refuse(const ValuePath& path, const std::string& what) const {
  fail_at(nearest(tree_, path).place, what);
}

Value Resolver::params_of(const std::string& kind, const std::string& name, const Value& given,
                          const ValuePath& path) const {
  return with_place(tree_, path, [&] { return resolve_params(kind, name, given); });
}

void Resolver::check_name(const ValuePath& path, const std::string& what,
                          const std::string& name) const {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
  };
  const bool good = !name.empty() && name.size() <= 64 && name.front() != '.' &&
                    !name.ends_with(".json") && std::all_of(name.begin(), name.end(), allowed);
  if (good) return;
  refuse(path, fmt::format("{} '{}': a name has 1 to 64 of letters, digits, '_', '-' and '.', and "
                           "does not end in '.json', as a run's own files do",
                           what, name));
}

void Resolver::check_domain(const Value& written, const std::string& what,
                            const std::string& domain) const {
  if (r_.recipe.data.count(domain) != 0) return;
  fail_at(written.place,
          fmt::format("{}: no domain '{}'{}", what, domain, known_names(domain, r_.domains())));
}

template <class T>
void Resolver::refuse_twice(const std::vector<T>& items, const ValuePath& path) const {
  std::vector<T> sorted = items;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice == sorted.end()) return;
  refuse(path, fmt::format("{}: '{}' is given twice", fmt::join(path, "."), *twice));
}
template void Resolver::refuse_twice(const std::vector<std::int64_t>& items,
                                     const ValuePath& path) const;
template void Resolver::refuse_twice(const std::vector<std::string>& items,
                                     const ValuePath& path) const;

void Resolver::warn_unread(const ValuePath& path, const std::string& why) const {
  const Value* at = &tree_;
  for (const auto& key : path) {
    at = child_of(*at, key);
    if (at == nullptr) return;
  }
  if (at->is<Table>() && at->as<Table>().empty()) return;
  const std::string key = fmt::format("{}", fmt::join(path, "."));
  log(LogLevel::warning,
      fmt::format("{}: {} is ignored because {}; remove it", at->place.str(), key, why));
}

std::map<std::string, double> Resolver::all_domains() const {
  std::map<std::string, double> weights;
  for (const auto& [name, data] : r_.recipe.data) weights[name] = 1.0;
  return weights;
}

std::vector<std::string> ResolvedRecipe::domains() const {
  std::vector<std::string> names;
  for (const auto& [name, data] : recipe.data) names.push_back(name);
  return names;
}

ResolvedRecipe resolve_recipe(const LoadedRecipe& loaded) {
  return Resolver(loaded).resolve();
}

}  // namespace btx
