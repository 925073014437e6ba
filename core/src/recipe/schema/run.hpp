#pragma once
// [run]: the run as a whole.

#include "recipe/stage_names.hpp"

#include <btx/params.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// Seeds of some stages alone, so that a sweep can vary one source of chance.
struct StageSeeds {
  std::int64_t seed_model = -1;
  std::int64_t expert = -1;
  std::int64_t finetune = -1;

  /// The seed of a stage: its own, or run.seed where there is none.
  std::int64_t of_stage(const std::string& stage, std::int64_t run_seed) const {
    const std::int64_t own = stage == kSeed                        ? seed_model
                             : stage.starts_with(expert_stage("")) ? expert
                                                                   : finetune;
    return own < 0 ? run_seed : own;
  }

  void fields(Fields& f) {
    f("seed_model", seed_model, "seed of the seed model's training; -1: run.seed", {.min = -1});
    f("expert", expert, "seed of the experts' training; -1: run.seed", {.min = -1});
    f("finetune", finetune,
      "seed of mixing, gates, finetuning, baselines and what routers draw in scoring; -1: run.seed",
      {.min = -1});
  }
};

/// What a device trains in a second, for plans of what has not been measured.
struct PlannedRates {
  double dense = 0;
  double mixture = 0;

  bool given() const { return dense > 0 && mixture > 0; }

  void fields(Fields& f) {
    f("dense", dense,
      "tokens that a dense model is trained on in a second of one device; 0: measured", {.min = 0});
    f("mixture", mixture, "the same of a mixture", {.min = 0});
  }
};

/// Where a run and its results lie, and its seeds.
struct RunConfig {
  std::string name;
  std::int64_t seed = 1;
  StageSeeds seeds;
  PlannedRates rates;
  std::string dir = "runs";
  std::string store;
  std::string pack;
  std::vector<std::string> plugin_paths;

  /// Where stages' results and packages are kept.
  std::string store_folder() const { return store.empty() ? dir + "/store" : store; }

  void fields(Fields& f) {
    f("name", name, "the run folder is <dir>/<name>", {.required = true});
    f("seed", seed, "seed of all random numbers; every stage derives its own from it", {.min = 0});
    f("seeds", seeds, "of some stages, where they are to differ from run.seed");
    f("rates", rates,
      "speed of training; with both, match = \"device_time\" is planned by them and not by what "
      "was "
      "measured");
    f("dir", dir, "where run folders are made", {.path = true});
    f("store", store, "where stages' results are kept and shared by runs; empty: <dir>/store",
      {.path = true});
    f("pack", pack, "prepared data, made by 'btx data pack'; instead of reading [data]",
      {.path = true});
    f("plugin_paths", plugin_paths,
      "folders with plugins, before BTX_PLUGIN_PATH and the program's own", {.path = true});
  }
};

}  // namespace btx
