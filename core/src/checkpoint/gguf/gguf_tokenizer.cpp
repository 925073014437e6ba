#include "checkpoint/gguf/gguf_tokenizer.hpp"

#include "base/text.hpp"
#include "checkpoint/gguf/score_merges.hpp"
#include "tokenizer/json/tokenizer_json.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace btx {
namespace {

/// tokenizer.ggml.token_type; the others are ordinary.
enum TokenType : std::int64_t { kUnknown = 2, kControl = 3, kUserDefined = 4 };

std::string key(const char* name) {
  return fmt::format("tokenizer.ggml.{}", name);
}

template <class T>
T need(const GgufFile& file, const char* name, std::optional<T> value) {
  if (!value) file.refuse(fmt::format("'{}' is missing", key(name)));
  return *std::move(value);
}

/// The pre-tokenizers that llama.cpp knows by name and that this library does.
struct Pre {
  const char* name = "";
  bool digits = false;  ///< each digit apart first
  WordPattern pattern = WordPattern::gpt2;
  bool ignore_merges = false;
  bool bos = false;
  bool nfc = false;
};
constexpr std::array kPres = {Pre{"default", false, WordPattern::gpt2},
                              Pre{"gpt-2", false, WordPattern::gpt2},
                              Pre{"olmo", false, WordPattern::gpt2, false, false, true},
                              Pre{"smollm", true, WordPattern::gpt2},
                              Pre{"starcoder", true, WordPattern::gpt2},
                              Pre{"dbrx", false, WordPattern::llama3},
                              Pre{"llama-bpe", false, WordPattern::llama3, true, true},
                              Pre{"llama3", false, WordPattern::llama3, true, true},
                              Pre{"tekken", false, WordPattern::tekken, true, true},
                              Pre{"qwen2", false, WordPattern::qwen2, false, false, true}};

const Pre& pre_of(const GgufFile& file) {
  const std::string name = file.text(key("pre")).value_or("default");
  const auto* found = std::ranges::find_if(kPres, [&](const Pre& pre) { return pre.name == name; });
  if (found != kPres.end()) return *found;
  std::vector<const char*> known;
  for (const auto& pre : kPres) known.push_back(pre.name);
  file.refuse(fmt::format("'{}' '{}' is not supported; known: {}", key("pre"), name,
                          fmt::join(known, ", ")));
}

std::vector<std::string> read_tokens(const GgufFile& file) {
  constexpr std::size_t kLongest = 4096;
  const auto written = need(file, "tokens", file.texts(key("tokens")));
  std::set<std::string_view> seen;
  for (std::size_t id = 0; id < written.size(); ++id) {
    const auto refuse = [&](const char* what) {
      file.refuse(fmt::format("'{}'[{}]: {}", key("tokens"), id, what));
    };
    if (written[id].size() > kLongest) refuse("a token of more than 4,096 bytes is not supported");
    if (find_invalid_utf8(written[id]) != std::string_view::npos) refuse("need UTF-8 text");
    if (!seen.insert(written[id]).second) refuse("the same token as an earlier one");
  }
  return {written.begin(), written.end()};
}

std::vector<float> read_scores(const GgufFile& file, std::size_t tokens) {
  auto scores = need(file, "scores", file.numbers(key("scores")));
  if (scores.size() != tokens ||
      !std::ranges::all_of(scores, [](float s) { return std::isfinite(s); })) {
    file.refuse(fmt::format("'{}': need {} finite numbers, one a token; got {} entries",
                            key("scores"), tokens, scores.size()));
  }
  return scores;
}

/// Control tokens and those a user defined are found in the text.
void add_tokens(const GgufFile& file, TokenizerSpec& spec) {
  const auto types = file.integers(key("token_type"));
  if (!types) return;
  if (types->size() != spec.tokens.size()) {
    file.refuse(fmt::format("'{}' has {} entries for {} tokens", key("token_type"), types->size(),
                            spec.tokens.size()));
  }
  for (std::size_t id = 0; id < types->size(); ++id) {
    const auto type = (*types)[id];
    if (type == kUnknown) spec.unk_token = spec.tokens[id];
    if (type != kControl && type != kUserDefined && type != kUnknown) continue;
    spec.added.push_back({.id = static_cast<std::int32_t>(id),
                          .content = spec.tokens[id],
                          .special = type != kUserDefined});
  }
}

void add_template(const GgufFile& file, bool bos, TokenizerSpec& spec) {
  const auto id_of = [&](const char* name) {
    const auto id = need(file, name, file.integer(key(name)));
    if (id < 0 || id >= static_cast<std::int64_t>(spec.tokens.size())) {
      file.refuse(fmt::format("'{}' is {}, of {} tokens", key(name), id, spec.tokens.size()));
    }
    return static_cast<std::int32_t>(id);
  };
  if (file.boolean(key("add_bos_token")).value_or(bos)) {
    spec.around.before = {id_of("bos_token_id")};
  }
  if (file.boolean(key("add_eos_token")).value_or(false)) {
    spec.around.after = {id_of("eos_token_id")};
  }
}
void read_byte_level(const GgufFile& file, TokenizerSpec& spec) {
  const Pre& pre = pre_of(file);
  if (pre.nfc) spec.normalizers = {NfcSpec{}};
  if (pre.digits) spec.pretokenizers.emplace_back(DigitsSpec{});
  if (pre.pattern != WordPattern::gpt2) spec.pretokenizers.emplace_back(SplitSpec{pre.pattern});
  spec.pretokenizers.emplace_back(ByteLevelSpec{false, pre.pattern == WordPattern::gpt2});
  spec.ignore_merges = pre.ignore_merges;
  spec.merges = written_merges(file, spec.tokens, need(file, "merges", file.texts(key("merges"))));
  add_template(file, pre.bos, spec);
}

void read_sentencepiece(const GgufFile& file, TokenizerSpec& spec) {
  const bool prefix = file.boolean(key("add_space_prefix")).value_or(true);
  if (prefix) spec.normalizers.emplace_back(PrependSpec{"\u2581"});
  spec.normalizers.emplace_back(ReplaceSpec{" ", "\u2581"});
  spec.decoders = {ReplaceSpec{"\u2581", " "}, ByteFallbackSpec{}, FuseSpec{}};
  if (prefix) spec.decoders.emplace_back(StripSpec{" ", 1, 0});
  spec.fuse_unk = spec.byte_fallback = true;
  spec.merges = merges_by_score(spec.tokens, read_scores(file, spec.tokens.size()), spec.added);
  add_template(file, true, spec);
}

}  // namespace

Tokenizer with_gguf_end(const Tokenizer& tokenizer, const GgufFile& file) {
  const auto id = file.integer(key("eos_token_id"));
  const bool known = id && *id >= 0 && *id < static_cast<std::int64_t>(tokenizer.vocab_size());
  return known ? tokenizer.with_end(static_cast<std::int32_t>(*id)) : tokenizer;
}

Tokenizer gguf_tokenizer(const GgufFile& file) {
  TokenizerSpec spec;
  const std::string model = need(file, "model", file.text(key("model")));
  spec.tokens = read_tokens(file);
  add_tokens(file, spec);
  if (model == "gpt2") {
    read_byte_level(file, spec);
  } else if (model == "llama") {
    read_sentencepiece(file, spec);
  } else {
    file.refuse(fmt::format("'{}' '{}' is not supported; known: gpt2, llama", key("model"), model));
  }
  // Reading it back checks all that a tokenizer has to be.
  return with_gguf_end(Tokenizer::parse(write_tokenizer_json(spec), file.path().string()), file);
}

}  // namespace btx
