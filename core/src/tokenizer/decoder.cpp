#include "tokenizer/decoder.hpp"

#include "base/text.hpp"
#include "pretokenizer/byte_alphabet.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace btx {
namespace {

using Pieces = std::vector<std::string>;

Pieces decoded_by(const ByteLevelDecoderSpec&, const Pieces& pieces) {
  std::string bytes;
  for (const auto& piece : pieces) bytes += to_bytes(piece).value_or(piece);
  return {bytes};
}

Pieces decoded_by(const ReplaceSpec& spec, Pieces pieces) {
  for (auto& piece : pieces) piece = replace_all(piece, spec.from, spec.to);
  return pieces;
}

std::optional<char> byte_of(const std::string& piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece.back() != '>') return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(piece.data() + 3, piece.data() + 5, value, 16);
  return end == piece.data() + 5 ? std::optional(static_cast<char>(value)) : std::nullopt;
}

/// A run of bytes: itself if it is UTF-8, else U+FFFD for each.
std::string text_of(const std::string& bytes) {
  if (find_invalid_utf8(bytes) == std::string_view::npos) return bytes;
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) text += "\uFFFD";
  return text;
}

Pieces decoded_by(const ByteFallbackSpec&, const Pieces& pieces) {
  Pieces out;
  std::string bytes;
  const auto flush = [&] {
    if (!bytes.empty()) out.push_back(text_of(bytes));
    bytes.clear();
  };
  for (const auto& piece : pieces) {
    if (const auto byte = byte_of(piece)) {
      bytes.push_back(*byte);
      continue;
    }
    flush();
    out.push_back(piece);
  }
  flush();
  return out;
}

Pieces decoded_by(const FuseSpec&, const Pieces& pieces) {
  return {join(pieces, "")};
}

Pieces decoded_by(const StripSpec& spec, Pieces pieces) {
  for (auto& piece : pieces) {
    for (auto left = spec.start; left > 0 && piece.starts_with(spec.content); --left) {
      piece.erase(0, spec.content.size());
    }
    for (auto left = spec.stop; left > 0 && piece.ends_with(spec.content); --left) {
      piece.erase(piece.size() - spec.content.size());
    }
  }
  return pieces;
}

Pieces decoded_by(const MetaspaceSpec& spec, Pieces pieces) {
  const bool prefixed = spec.prepend != MetaspaceSpec::Prepend::never;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i == 0 && prefixed && pieces[i].starts_with(spec.replacement)) {
      pieces[i].erase(0, spec.replacement.size());
    }
    pieces[i] = replace_all(pieces[i], spec.replacement, " ");
  }
  return pieces;
}

}  // namespace

TokenDecoder::TokenDecoder(const TokenizerSpec& spec, const Normalizer& normalizer)
    : steps_(spec.decoders),
      byte_level_(steps_.size() == 1 && std::holds_alternative<ByteLevelDecoderSpec>(steps_[0])),
      special_(spec.tokens.size()) {
  for (const auto& token : spec.tokens) {
    pieces_.push_back(byte_level_ ? to_bytes(token).value_or(token) : token);
  }
  for (const auto& added : spec.added) {
    const auto id = static_cast<std::size_t>(added.id);
    pieces_[id] = added.normalized ? normalizer.apply(added.content) : added.content;
    special_[id] = added.special;
  }
}

std::string TokenDecoder::decode(std::span<const std::int32_t> ids, bool keep_special) const {
  Pieces pieces;
  for (const std::int32_t id : ids) {
    if (keep_special || !special(id)) pieces.push_back(pieces_[static_cast<std::size_t>(id)]);
  }
  if (!byte_level_) {
    for (const auto& step : steps_) {
      pieces = std::visit([&](const auto& s) { return decoded_by(s, std::move(pieces)); }, step);
    }
  }
  return join(pieces, "");
}

}  // namespace btx
