#include "base/file.hpp"
#include "base/text.hpp"
#include "checkpoint/gguf_tokenizer.hpp"
#include "cli/cli.hpp"
#include "recipe/value.hpp"
#include "tokenizer/train_bpe.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <sstream>

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
  throw Error(fmt::format("{}:{}: byte {:#04x} at offset {} is no UTF-8 text", file, line + 1,
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
    fmt::print("{}\n", to_json(json));
  } else {
    fmt::print("{}: {} tokens\n", options.output, tokenizer.vocab_size());
  }
  return 0;
}

struct EncodeRequest {
  std::string tokenizer;
  std::vector<std::string> files;
  EncodeOptions options;
};

/// The texts of a file: its lines' JSON strings if it is a .jsonl, else all of it.
std::vector<std::string> texts_of(const std::string& file) {
  const std::string content = read_file(file);
  if (!file.ends_with(".jsonl")) return {content};
  std::vector<std::string> texts;
  std::istringstream lines(content);
  for (std::string line; std::getline(lines, line);) {
    const auto text = nlohmann::json::parse(line, nullptr, false);
    if (!text.is_string()) {
      throw Error(ExitCode::usage,
                  fmt::format("{}:{}: need a JSON string", file, texts.size() + 1));
    }
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

void print(const CommandLine& line, const Tokenizer& tokenizer,
           const std::vector<std::int32_t>& ids) {
  if (line.json) {
    const nlohmann::json json = {{"ids", ids}, {"text", tokenizer.decode(ids, true)}};
    fmt::print("{}\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return;
  }
  for (const auto id : ids) fmt::print("{:>7}  {}\n", id, tokenizer.token(id));
}

int encode(const CommandLine& line, const EncodeRequest& request) {
  const Tokenizer tokenizer = import_tokenizer(request.tokenizer);
  for (const auto& file : request.files) {
    for (const auto& text : texts_of(file)) {
      print(line, tokenizer, tokenizer.encode(text, request.options));
    }
  }
  return 0;
}

struct ConvertRequest {
  std::string tokenizer, output;
};

void add_convert(CLI::App& noun, CommandLine& line) {
  auto request = std::make_shared<ConvertRequest>();
  auto* verb = noun.add_subcommand("convert", "Write a tokenizer as a tokenizer.json");
  verb->add_option("TOKENIZER", request->tokenizer, "A .gguf, a tokenizer.json or a model's folder")
      ->required();
  verb->add_option("--output", request->output, "The tokenizer.json to write")->required();
  verb->callback([&line, request] {
    line.chosen = [request] {
      const Tokenizer tokenizer = import_tokenizer(request->tokenizer);
      if (tokenizer.file_name() != "tokenizer.json") {
        throw Error(ExitCode::usage,
                    fmt::format("{}: a SentencePiece model is used as it is; only transformers can "
                                "write it as a tokenizer.json",
                                request->tokenizer));
      }
      write_file(request->output, tokenizer.file_text());
      return 0;
    };
  });
}

void add_encode(CLI::App& noun, CommandLine& line) {
  auto request = std::make_shared<EncodeRequest>();
  auto* verb = noun.add_subcommand("encode", "Print the tokens of text files");
  verb->add_option("TOKENIZER", request->tokenizer,
                   "A tokenizer.json, a SentencePiece .model, a .gguf or a model's folder")
      ->required();
  verb->add_option("FILES", request->files, "Text files; of a .jsonl each line's JSON string")
      ->required();
  verb->add_flag("--split-special", request->options.split_special,
                 "Special tokens are found in the text");
  verb->add_flag("--add-special", request->options.add_special,
                 "The tokenizer's template goes around each text");
  verb->callback(
      [&line, request] { line.chosen = [&line, request] { return encode(line, *request); }; });
}

}  // namespace

void add_tokenizer(CLI::App& app, CommandLine& line) {
  auto* noun = app.add_subcommand("tokenizer", "Tokenizers");
  noun->require_subcommand(1);
  add_encode(*noun, line);
  add_convert(*noun, line);
  auto options = std::make_shared<TrainOptions>();
  auto* verb = noun->add_subcommand("train", "Train a byte-level BPE on text files");
  verb->add_option("FILES", options->files, "Text files")->required();
  verb->add_option("--output", options->output, "The tokenizer.json to write")->required();
  verb->add_option("--vocab-size", options->config.vocab_size, "Tokens in all")
      ->required()
      ->check(CLI::Range(257, 1000000));
  verb->add_option("--threads", options->config.threads,
                   "Threads; the result does not depend on it")
      ->check(CLI::Range(1, 1024));
  verb->callback(
      [&line, options] { line.chosen = [&line, options] { return train(line, *options); }; });
}

}  // namespace btx
