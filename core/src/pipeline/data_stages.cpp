#include "data/documents.hpp"
#include "data/token_file.hpp"
#include "pipeline/base_stages.hpp"
#include "plugin/component.hpp"
#include "recipe/field_reader.hpp"
#include "tokenizer/tokenizer.hpp"
#include "tokenizer/train_bpe.hpp"

#include <fmt/format.h>

namespace btx {
namespace {

std::int64_t integer(const Value& config, const char* key) {
  return config.find(key)->as<std::int64_t>();
}

/// Train documents of every domain, the same number of bytes of each.
std::vector<std::string> tokenizer_texts(const StageContext& context) {
  const auto domains = static_cast<std::int64_t>(context.inputs.size());
  const std::int64_t share = integer(context.config, "train_bytes") / domains;
  std::vector<std::string> texts;
  for (const auto& [role, folder] : context.inputs) {
    std::int64_t taken = 0;
    read_documents(folder, Split::train, [&](const Document& document) {
      if (taken >= share) return;
      taken += static_cast<std::int64_t>(document.text.size());
      texts.push_back(document.text);
    });
  }
  return texts;
}

}  // namespace

void run_documents(const StageContext& context) {
  const Value& config = context.config;
  const auto source = make_component<DataSource>(config.find("source")->as<std::string>(),
                                                 *config.find("params"));
  FieldReader reader(*config.find("split"), "[split]");
  Fields fields(reader);
  SplitConfig split;
  split.fields(fields);
  SourceContext surroundings;
  surroundings.cache_dir = context.downloads;
  surroundings.scratch_dir = context.work;
  surroundings.domain = config.find("domain")->as<std::string>();
  make_folder(context.downloads);
  fs::remove_all(context.work);
  make_folder(context.work);
  write_documents(source, surroundings, split, context.output);
}

void run_tokenizer(const StageContext& context) {
  const fs::path file = context.output / "tokenizer.json";
  if (context.config.find("import")->as<bool>()) {
    write_file(file, Tokenizer::load(context.config.find("path")->as<std::string>()).to_json());
    return;
  }
  BpeTrainConfig config;
  config.vocab_size = integer(context.config, "vocab_size");
  config.split_digits = context.config.find("split_digits")->as<bool>();
  config.threads = context.threads;
  const auto texts = tokenizer_texts(context);
  write_file(file, train_bpe(texts, config).to_json());
}

void run_tokens(const StageContext& context) {
  const Tokenizer tokenizer = Tokenizer::load(context.input("tokenizer") / "tokenizer.json");
  for (const Split split : {Split::train, Split::dev}) {
    write_token_file(context.input("documents"), split, tokenizer, context.threads,
                     context.output / (std::string(split_name(split)) + ".tokens"));
  }
}

}  // namespace btx
