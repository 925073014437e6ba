#include "tokenizer/pipeline_tokenizer.hpp"

#include "tokenizer/space_prefix.hpp"
#include "tokenizer/tokenizer_json.hpp"

#include <btx/log.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {

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
      pretokenizer_(make_pretokenizer(spec_)),
      model_(spec_),
      decoder_(spec_) {}

void PipelineTokenizer::encode(std::string_view text, bool split_special,
                               std::vector<std::int32_t>& ids) const {
  Encoding encoding(*this, split_special, ids);
  if (spec_.byte_level() && normalizer_.identity()) return encoding.raw(text);
  encoding.raw(valid_utf8(text));
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
