#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/cli.hpp"
#include "cli/print.hpp"
#include "cli/tokenizer_encode.hpp"
#include "config/value.hpp"
#include "tokenizer/bpe/train_bpe.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace btx {
namespace {

struct TrainOptions {
  std::vector<std::string> files;
  std::string output;
  BpeTrainConfig config;
};

void check_text(const std::string& file, const std::string& text) {
  const std::size_t bad = find_invalid_utf8(text);
  if (bad == std::string_view::npos) return;
  const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
  throw Error(fmt::format("{}:{}: byte {:#04x} at offset {} is not UTF-8 text", file, line + 1,
                          static_cast<unsigned char>(text[bad]), bad));
}

int train(const CommandLine& line, const TrainOptions& options) {
  std::vector<std::string> texts;
  for (const auto& file : options.files) {
    texts.push_back(read_file(file));
    check_text(file, texts.back());
  }
  const Tokenizer tokenizer = train_bpe(texts, options.config);
  write_file(options.output, tokenizer.file_text());
  if (line.json) {
    Value json;
    json.set("file", Value(options.output));
    json.set("tokens", Value(static_cast<std::int64_t>(tokenizer.vocab_size())));
    print_value(json);
  } else {
    print("{}: {} tokens\n", options.output, tokenizer.vocab_size());
  }
  return 0;
}

}  // namespace

void add_tokenizer(Verb app, CommandLine& line) {
  Verb noun = app.add_noun("tokenizer", "Tokenizers");
  add_tokenizer_encode(noun, line);
  add_tokenizer_convert(noun);
  auto options = std::make_shared<TrainOptions>();
  Verb verb = noun.add_verb("train", "Train a byte-level BPE on text files");
  verb.add("FILES", options->files, "Text files").required();
  verb.add("--output", options->output, "The tokenizer.json to write").required();
  verb.add("--vocab-size", options->config.vocab_size, "Tokens in all")
      .required()
      .in_range(257, 1000000);
  verb.add("--threads", options->config.threads, "Threads; the result does not depend on it")
      .in_range(1, 1024);
  verb.runs([&line, options] { return train(line, *options); });
}

}  // namespace btx
