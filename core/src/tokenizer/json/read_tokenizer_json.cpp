#include "config/json_fault.hpp"
#include "tokenizer/json/read_pipeline.hpp"
#include "tokenizer/json/read_vocabulary.hpp"
#include "tokenizer/json/tokenizer_json.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>

namespace btx {
namespace {

nlohmann::json parse_json(std::string_view text, const std::string& name) {
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    throw Error(ExitCode::usage, fmt::format("{}: not JSON: {}", name, json_fault(error.what())));
  }
}

void warn_ignored(const JsonNode& root, const std::string& name, const char* key) {
  if (root.find(key)) log(LogLevel::warning, fmt::format("{}: {} is ignored", name, key));
}

}  // namespace

TokenizerSpec read_tokenizer_json(std::string_view text, const std::string& name) {
  const nlohmann::json document = parse_json(text, name);
  const JsonNode root(document, name);
  root.only({"version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
             "post_processor", "decoder", "model"});
  if (const auto version = root.find("version"); version && version->string() != "1.0") {
    version->fail(fmt::format("need \"1.0\", got \"{}\"", version->string()));
  }
  for (const char* key : {"truncation", "padding"}) warn_ignored(root, name, key);
  TokenizerSpec spec;
  spec.normalizers = read_normalizers(root);
  spec.pretokenizers = read_pretokenizers(root);
  spec.decoders = read_decoders(root);
  read_vocabulary(root, spec);
  spec.around = read_post_processor(root, spec.tokens.size());
  return spec;
}

}  // namespace btx
