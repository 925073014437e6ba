#include "cli/tokenizer_encode.hpp"

#include "base/file.hpp"
#include "checkpoint/import_tokenizer.hpp"
#include "cli/print.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <sstream>

namespace btx {
namespace {

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

void print_ids(const CommandLine& line, const Tokenizer& tokenizer,
               const std::vector<std::int32_t>& ids) {
  if (line.json) {
    const nlohmann::json json = {{"ids", ids}, {"text", tokenizer.decode(ids, true)}};
    print_text(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    return;
  }
  for (const auto id : ids) print("{:>7}  {}\n", id, tokenizer.token(id));
}

int encode(const CommandLine& line, const EncodeRequest& request) {
  const Tokenizer tokenizer = import_tokenizer(request.tokenizer);
  for (const auto& file : request.files) {
    for (const auto& text : texts_of(file)) {
      print_ids(line, tokenizer, tokenizer.encode(text, request.options));
    }
  }
  return 0;
}

struct ConvertRequest {
  std::string tokenizer, output;
};

}  // namespace

void add_tokenizer_encode(Verb noun, CommandLine& line) {
  auto request = std::make_shared<EncodeRequest>();
  Verb verb = noun.add_verb("encode", "Print the tokens of text files");
  verb.add("TOKENIZER", request->tokenizer,
           "A tokenizer.json, a SentencePiece .model, a .gguf or a model's folder")
      .required();
  verb.add("FILES", request->files, "Text files; of a .jsonl each line's JSON string").required();
  verb.add("--split-special", request->options.split_special,
           "Special tokens are found in the text");
  verb.add("--add-special", request->options.add_special,
           "The tokenizer's template goes around each text");
  verb.runs([&line, request] { return encode(line, *request); });
}

void add_tokenizer_convert(Verb noun) {
  auto request = std::make_shared<ConvertRequest>();
  Verb verb = noun.add_verb("convert", "Write a tokenizer as a tokenizer.json");
  verb.add("TOKENIZER", request->tokenizer, "A .gguf, a tokenizer.json or a model's folder")
      .required();
  verb.add("--output", request->output, "The tokenizer.json to write").required();
  verb.runs([request] {
    const Tokenizer tokenizer = import_tokenizer(request->tokenizer);
    if (tokenizer.file_name() != "tokenizer.json") {
      throw Error(ExitCode::usage,
                  fmt::format("{}: a SentencePiece model is used as it is; only transformers can "
                              "write it as a tokenizer.json",
                              request->tokenizer));
    }
    write_file(request->output, tokenizer.file_text());
    return 0;
  });
}

}  // namespace btx
