#include "checkpoint/gguf_tokenizer.hpp"
#include "data/documents.hpp"
#include "data/token_file.hpp"
#include "pipeline/base_stages.hpp"
#include "pipeline/pack.hpp"
#include "pipeline/set_grams.hpp"
#include "plugin/component.hpp"
#include "recipe/config.hpp"
#include "tokenizer/tokenizer.hpp"
#include "tokenizer/train_bpe.hpp"

#include <algorithm>
#include <optional>

namespace btx {
namespace {

std::int64_t integer(const Value& config, const char* key) {
  return config.at(key).as<std::int64_t>();
}

std::int64_t train_bytes(const fs::path& folder) {
  std::int64_t bytes = 0;
  read_documents(folder, Split::train, [&](const Document& document) {
    bytes += static_cast<std::int64_t>(document.text.size());
  });
  return bytes;
}

/// Train documents of every domain, the same number of bytes of each, at even intervals.
std::vector<std::string> tokenizer_texts(const StageContext& context) {
  const auto domains = static_cast<double>(context.inputs.size());
  const double share = static_cast<double>(integer(context.config, "train_bytes")) / domains;
  std::vector<std::string> texts;
  for (const auto& [role, folder] : context.inputs) {
    const auto total = static_cast<double>(train_bytes(folder));
    double seen = 0;
    double taken = 0;
    read_documents(folder, Split::train, [&](const Document& document) {
      const auto size = static_cast<double>(document.text.size());
      seen += size;
      if (taken + size / 2 > seen * std::min(1.0, share / total)) return;
      taken += size;
      texts.push_back(document.text);
    });
  }
  return texts;
}

}  // namespace

void run_documents(const StageContext& context) {
  const Value& config = context.config;
  const auto source =
      make_component<DataSource>(config.at("source").as<std::string>(), config.at("params"));
  const auto split = read_config<SplitConfig>(config.at("split"), "[split]");
  SourceContext surroundings;
  surroundings.cache_dir = context.downloads;
  surroundings.scratch_dir = context.work;
  surroundings.domain = config.at("domain").as<std::string>();
  make_folder(context.downloads);
  fs::remove_all(context.work);
  make_folder(context.work);
  std::optional<Decontamination> sets;
  if (split.decontaminate > 0) sets = decontamination_of(config);
  write_documents(source, surroundings, split, context.output, sets ? &*sets : nullptr);
}

void run_tokenizer(const StageContext& context) {
  const auto write = [&](const Tokenizer& tokenizer) {
    write_file(context.output / tokenizer.file_name(), tokenizer.file_text());
  };
  if (context.config.at("import").as<bool>()) {
    return write(import_tokenizer(context.config.at("path").as<std::string>()));
  }
  BpeTrainConfig config;
  config.vocab_size = integer(context.config, "vocab_size");
  config.split_digits = context.config.at("split_digits").as<bool>();
  config.threads = context.threads;
  const auto texts = tokenizer_texts(context);
  write(train_bpe(texts, config));
}

void run_unpack(const StageContext& context) {
  unpack_stage(context.config.at("path").as<std::string>(),
               context.config.at("stage").as<std::string>(), context.output);
}

void run_tokens(const StageContext& context) {
  const Tokenizer tokenizer = Tokenizer::load(context.input("tokenizer"));
  for (const Split split : {Split::train, Split::dev}) {
    write_token_file(context.input("documents"), split, tokenizer, context.threads,
                     context.output / (std::string(split_name(split)) + ".tokens"));
  }
}

}  // namespace btx
