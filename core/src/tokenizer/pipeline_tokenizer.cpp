#include "tokenizer/pipeline_tokenizer.hpp"

#include "pretokenizer/utf8.hpp"
#include "tokenizer/json/tokenizer_json.hpp"
#include "tokenizer/space_prefix.hpp"

#include <btx/log.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

constexpr std::string_view kVisibleSpace = "\u2581";

/// Whether no token goes on with a visible space after another character. Words may be cut there
/// then: the tokens stay the same, and repeated words are known again.
bool cut_at_spaces(const TokenizerSpec& spec) {
  if (spec.byte_level() || spec.ignore_merges) return false;
  if (std::ranges::find(spec.tokens, kVisibleSpace) == spec.tokens.end()) return false;
  return std::ranges::none_of(spec.merges, [&](const MergeSpec& merge) {
    const std::string_view token = spec.tokens[static_cast<std::size_t>(merge.result)];
    bool in_word = false;
    for (std::size_t at = 0; at < token.size();) {
      const bool space = token.substr(at).starts_with(kVisibleSpace);
      if (space && in_word) return true;
      in_word = !space;
      at += space ? kVisibleSpace.size() : decode_utf8(token, at).bytes;
    }
    return false;
  });
}

}  // namespace

/// One text on its way to token ids.
class PipelineTokenizer::Encoding {
 public:
  Encoding(const PipelineTokenizer& tokenizer, bool split_special, std::vector<std::int32_t>& ids)
      : tokenizer_(tokenizer),
        split_special_(split_special),
        lease_(tokenizer.caches_),
        ids_(ids) {}

  void raw(std::string_view text) {
    tokenizer_.added_.raw.split(
        text, split_special_, [&](auto piece) { normalize(piece, piece.data() == text.data()); },
        [&](std::int32_t id) { ids_.push_back(id); });
  }

 private:
  void normalize(std::string_view piece, bool first) {
    if (tokenizer_.normalizer_.identity()) return normalized(piece, first);
    normalized(tokenizer_.normalizer_.apply(std::string(piece)), first);
  }

  void normalized(std::string_view text, bool first) {
    tokenizer_.added_.normalized.split(
        text, split_special_,
        [&](auto piece) { words(piece, first && piece.data() == text.data()); },
        [&](std::int32_t id) { ids_.push_back(id); });
  }

  void words(std::string_view piece, bool first) {
    const auto encode = [&](std::string_view word) { encode_word(word); };
    const auto prefixed = with_space_prefix(tokenizer_.spec_.pretokenizers, piece, first);
    tokenizer_.pretokenizer_->split(prefixed ? *prefixed : piece, encode);
  }

  void encode_word(std::string_view word) {
    if ((*lease_).find(word, ids_)) return;
    tokenizer_.model_.encode(word, tokens_);
    (*lease_).store(word, tokens_);
    ids_.insert(ids_.end(), tokens_.begin(), tokens_.end());
  }

  const PipelineTokenizer& tokenizer_;
  bool split_special_;
  WordCachePool::Lease lease_;
  std::vector<std::int32_t> tokens_;  // of one word
  std::vector<std::int32_t>& ids_;
};

PipelineTokenizer::PipelineTokenizer(TokenizerSpec spec)
    : spec_(std::move(spec)),
      normalizer_(spec_.normalizers),
      added_(spec_.added, normalizer_),
      pretokenizer_(
          make_pretokenizer(spec_.pretokenizers, cut_at_spaces(spec_) ? kVisibleSpace : "")),
      model_(spec_),
      decoder_(spec_, normalizer_) {}

void PipelineTokenizer::encode(std::string_view text, bool split_special,
                               std::vector<std::int32_t>& ids) const {
  if (text.empty()) return;  // also where a space goes before a text
  Encoding encoding(*this, split_special, ids);
  if (spec_.byte_level() && normalizer_.identity()) return encoding.raw(text);
  encoding.raw(valid_utf8(text));
}

std::int32_t PipelineTokenizer::word_ids() const {
  std::vector<bool> added(spec_.tokens.size());
  for (const auto& token : spec_.added) added[static_cast<std::size_t>(token.id)] = true;
  auto ids = static_cast<std::int32_t>(spec_.tokens.size());
  const auto is_word = [&](auto id) { return !added[id] && !spec_.tokens[id].empty(); };
  while (ids > 0 && !is_word(static_cast<std::size_t>(ids - 1))) --ids;
  return ids;
}

std::string PipelineTokenizer::decode(std::span<const std::int32_t> ids, bool keep_special) const {
  return decoder_.decode(ids, keep_special);
}

std::string PipelineTokenizer::file_text() const {
  return write_tokenizer_json(spec_);
}

void PipelineTokenizer::warn_missing_bytes(const std::string& name) const {
  auto bytes = model_.missing_bytes();
  if (bytes.empty()) return;
  const std::size_t count = bytes.size();
  bytes.resize(std::min<std::size_t>(count, 8));
  log(LogLevel::warning,
      fmt::format("{}: {} of 256 bytes have no token and are dropped: {:#04x}{}", name, count,
                  fmt::join(bytes, " "), count > bytes.size() ? " ..." : ""));
}

}  // namespace btx
