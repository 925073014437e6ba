// Documents, tokenizer and tokens.
#include "base/hash.hpp"
#include "data/pack.hpp"
#include "pipeline/store.hpp"
#include "plan/imported_tokenizer.hpp"
#include "plan/plan_sets.hpp"
#include "plan/planner.hpp"
#include "plugin/component.hpp"
#include "recipe/stage_names.hpp"
#include "stages/data/documents.hpp"
#include "stages/data/tokenizer.hpp"
#include "stages/data/tokens.hpp"
#include "stages/data/unpack.hpp"
#include "stages/kinds.hpp"

#include <btx/data_source.hpp>
#include <btx/error.hpp>

#include <algorithm>

namespace btx {

void Planner::add_data() {
  for (const auto& [name, data] : recipe_.data) add_documents(name, data);
  const bool of_seed = recipe_.tokenizer.import.empty() && !recipe_.seed_model.import.empty();
  with_place(r_.tree, {of_seed ? "seed_model" : "tokenizer", "import"}, [&] { add_tokenizer(); });
  for (const auto& [name, data] : recipe_.data) add_tokens(name);
}

/// Adds an `unpack` stage in place of each data stage.
void Planner::add_pack(const std::string& pack) {
  tokenizer_ = pack_tokenizer(pack);
  vocab_size_ = static_cast<std::int64_t>(tokenizer_->vocab_size());
  std::vector<std::string> names;
  for (const auto& domain : r_.domains()) names.push_back(documents_stage(domain));
  names.emplace_back(kTokenizer);
  for (const auto& domain : r_.domains()) names.push_back(tokens_stage(domain));
  for (const auto& name : names) {
    Stage stage = make_stage(name, UnpackWork{name});
    stage.files.push_back("pack " + digest_for(stage, pack));
    stage.places["pack"] = pack;
    stage.estimate.memory_bytes = 50e6;
    add(std::move(stage));
  }
}

void Planner::add_documents(const std::string& name, const DataConfig& data) {
  DocumentsWork work{name, data.source, data.params, recipe_.split, {}};
  if (recipe_.split.decontaminate > 0) {
    work.sets.emplace();
    for (const auto& set : recipe_.eval.set) {
      work.sets->push_back({set.name, !set.requests.empty()});
    }
  }
  Stage stage = make_stage(documents_stage(name), work);
  if (work.sets) {
    add_set_files(stage);
    stage.estimate.memory_bytes += 500e6;  // hashes of the sets' runs of words
  }
  stage.components.push_back(used_component("source", data.source));
  try {
    with_place(r_.tree, {"data", name}, [&] { add_shards(name, data, stage); });
  } catch (const Error& error) {
    if (use_ != PlanUse::show || error.code() == ExitCode::usage) throw;
    stage.missing = error.what();
  }
  add(std::move(stage));
}

void Planner::add_shards(const std::string& name, const DataConfig& data, Stage& stage) {
  const auto source = make_component<DataSource>(data.source, data.params);
  SourceContext context;
  context.cache_dir = Store{fs::path(recipe_.run.store)}.downloads().string();
  context.domain = name;
  double largest = 0;
  for (const auto& shard : source.call([&](const DataSource& s) { return s.shards(context); })) {
    largest = std::max(largest, static_cast<double>(shard.bytes));
    const std::string identity = shard.is_path ? digest_for(stage, shard.identity) : shard.identity;
    stage.files.push_back(shard.name + " " + identity);
    stage.estimate.disk_bytes += 2.0 * static_cast<double>(shard.bytes);
  }
  // Documents pass one by one; the largest may be a whole file, unpacked, in several copies.
  stage.estimate.memory_bytes += 100e6 + std::min(10 * largest, 1e9);
}

void Planner::add_tokenizer() {
  const TokenizerConfig& config = recipe_.tokenizer;
  const std::string import = imported_tokenizer(recipe_);
  TokenizerWork work{!import.empty(), "", config.vocab_size, config.train_bytes,
                     config.split_digits};
  if (work.import) {
    tokenizer_ = load_imported_tokenizer(recipe_);
    work.end = tokenizer_->told_end();
  }
  Stage stage = make_stage(kTokenizer, work);
  if (work.import) {
    stage.files.push_back("tokenizer.json " + digest_for(stage, import));
    if (const std::string added = tokenizer_->added_text(); !added.empty()) {
      stage.files.push_back("added_tokens.json " + digest(added));
    }
    stage.places["tokenizer"] = import;
    vocab_size_ = static_cast<std::int64_t>(tokenizer_->vocab_size());
  } else {
    stage.inputs = inputs_of_domains(documents_stage);
    vocab_size_ = config.vocab_size;
  }
  stage.estimate.memory_bytes = 100e6 + 20.0 * static_cast<double>(config.train_bytes);
  add(std::move(stage));
}

void Planner::add_tokens(const std::string& domain) {
  Stage stage = make_stage(tokens_stage(domain), TokensWork{});
  stage.inputs = {{"documents", documents_stage(domain)}, {"tokenizer", kTokenizer}};
  stage.estimate.memory_bytes = 200e6;
  add(std::move(stage));
}

}  // namespace btx
