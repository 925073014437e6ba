// Documents, tokenizer and tokens.
#include "checkpoint/gguf_tokenizer.hpp"
#include "pipeline/evaluation_sets.hpp"
#include "pipeline/graph_builder.hpp"
#include "pipeline/imported_tokenizer.hpp"
#include "pipeline/pack.hpp"
#include "plugin/component.hpp"
#include "recipe/config.hpp"

#include <btx/data_source.hpp>
#include <btx/error.hpp>

#include <algorithm>

namespace btx {

void GraphBuilder::add_data() {
  for (const auto& [name, data] : recipe_.data) add_documents(name, data);
  const bool of_seed = recipe_.tokenizer.import.empty() && !recipe_.seed_model.import.empty();
  with_place(r_.tree, {of_seed ? "seed_model" : "tokenizer", "import"}, [&] { add_tokenizer(); });
  for (const auto& [name, data] : recipe_.data) add_tokens(name);
}

/// The same stages, out of a pack.
void GraphBuilder::add_pack(const std::string& pack) {
  tokenizer_ = pack_tokenizer(pack);
  vocab_size_ = static_cast<std::int64_t>(tokenizer_->vocab_size());
  const std::string digest = memo_.digest(pack);
  std::vector<std::string> names;
  for (const auto& domain : r_.domains()) names.push_back("documents/" + domain);
  names.emplace_back("tokenizer");
  for (const auto& domain : r_.domains()) names.push_back("tokens/" + domain);
  for (const auto& name : names) {
    Stage stage;
    stage.name = name;
    stage.kind = "unpack";
    stage.config.set("stage", Value(name));
    stage.files.push_back("pack " + digest);
    stage.estimate.memory_bytes = 50e6;
    add(std::move(stage)).config.set("path", Value(pack));
  }
}

void GraphBuilder::add_documents(const std::string& name, const DataConfig& data) {
  Stage stage;
  stage.name = "documents/" + name;
  stage.kind = "documents";
  stage.config.set("domain", Value(name));
  stage.config.set("source", Value(data.source));
  stage.config.set("params", data.params);
  stage.config.set("split", write_config(recipe_.split));
  add_decontamination(stage);
  stage.components.push_back(used_component("source", data.source));
  try {
    with_place(r_.tree, {"data", name}, [&] { add_shards(name, data, stage); });
  } catch (const Error& error) {
    if (use_ != GraphUse::plan || error.code() == ExitCode::usage) throw;
    stage.missing = error.what();
  }
  const bool reads_sets = recipe_.split.decontaminate > 0 && stage.missing.empty();
  Stage& added = add(std::move(stage));
  if (reads_sets) added.config.set("set_files", set_files(recipe_.eval));
}

/// The sets whose text the documents must not have. Off, it leaves no trace, so that keys are those
/// of documents made before there was such a thing.
void GraphBuilder::add_decontamination(Stage& stage) {
  if (recipe_.split.decontaminate == 0) {
    Value split = stage.config.at("split");
    split.erase("decontaminate");
    stage.config.set("split", std::move(split));
    return;
  }
  stage.config.set("sets", Value(set_names(recipe_.eval)));
  add_set_files(stage);
  stage.estimate.memory_bytes += 500e6;  // hashes of the sets' runs of words
}

void GraphBuilder::add_shards(const std::string& name, const DataConfig& data, Stage& stage) {
  const auto source = make_component<DataSource>(data.source, data.params);
  SourceContext context;
  context.cache_dir = recipe_.run.store + "/downloads";
  context.domain = name;
  double largest = 0;
  for (const auto& shard : source.call([&](const DataSource& s) { return s.shards(context); })) {
    largest = std::max(largest, static_cast<double>(shard.bytes));
    const std::string identity = shard.is_path ? memo_.digest(shard.identity) : shard.identity;
    stage.files.push_back(shard.name + " " + identity);
    stage.estimate.disk_bytes += 2.0 * static_cast<double>(shard.bytes);
  }
  // Documents pass one by one; the largest may be a whole file, unpacked, in several copies.
  stage.estimate.memory_bytes += 100e6 + std::min(10 * largest, 1e9);
}

void GraphBuilder::add_tokenizer() {
  Stage stage;
  stage.name = stage.kind = "tokenizer";
  const TokenizerConfig& config = recipe_.tokenizer;
  const std::string import = imported_tokenizer(recipe_);
  if (!import.empty()) {
    stage.config.set("import", Value(true));
    stage.files.push_back("tokenizer.json " + memo_.digest(import));
    tokenizer_ = import_tokenizer(import);
    vocab_size_ = static_cast<std::int64_t>(tokenizer_->vocab_size());
  } else {
    stage.config.set("import", Value(false));
    stage.config.set("vocab_size", Value(config.vocab_size));
    stage.config.set("train_bytes", Value(config.train_bytes));
    stage.config.set("split_digits", Value(config.split_digits));
    for (const auto& domain : r_.domains()) {
      stage.inputs.push_back({"documents/" + domain, "documents/" + domain});
    }
    vocab_size_ = config.vocab_size;
  }
  stage.estimate.memory_bytes = 100e6 + 20.0 * static_cast<double>(config.train_bytes);
  add(std::move(stage)).config.set("path", Value(import));
}

void GraphBuilder::add_tokens(const std::string& domain) {
  Stage stage;
  stage.name = "tokens/" + domain;
  stage.kind = "tokens";
  stage.inputs = {{"documents", "documents/" + domain}, {"tokenizer", "tokenizer"}};
  stage.estimate.memory_bytes = 200e6;
  add(std::move(stage));
}

}  // namespace btx
