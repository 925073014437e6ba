#include "tokenizer/sentencepiece/check_sentencepiece.hpp"

#include "base/text.hpp"
#include "tokenizer/sentencepiece/protobuf_fields.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <set>

namespace btx {
namespace {

/// Fields of sentencepiece_model.proto.
enum ModelField : std::uint64_t { kPieces = 1, kNormalizer = 3, kDenormalizer = 5 };
enum PieceField : std::uint64_t { kPiece = 1, kScore = 2 };
constexpr std::uint64_t kCharsMap = 2;

class Check {
 public:
  explicit Check(const std::string& name) : name_(name) {}

  void model(std::string_view bytes) {
    each(bytes, [&](const ProtobufField& field) {
      if (field.number == kPieces) piece(field.bytes);
      if (field.number == kNormalizer || field.number == kDenormalizer) normalizer(field.bytes);
    });
    if (seen_.empty()) fail("need at least one piece");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ExitCode::usage, fmt::format("{}: not a SentencePiece model: {}", name_, what));
  }

  template <class Use>
  void each(std::string_view message, Use use) const {
    ProtobufFields fields(message);
    while (const auto field = fields.next()) use(*field);
    if (!fields.sound()) fail("a field goes beyond its message or has no known type");
  }

  void piece(std::string_view message) {
    constexpr std::size_t kLongest = 4096;
    std::string_view text;
    float score = 0;
    each(message, [&](const ProtobufField& field) {
      if (field.number == kPiece) text = field.bytes;
      if (field.number == kScore)
        score = std::bit_cast<float>(static_cast<std::uint32_t>(field.value));
    });
    const auto refuse = [&](const char* what) {
      fail(fmt::format("piece {}: {}", seen_.size(), what));
    };
    if (text.empty()) refuse("a piece must not be empty");
    if (text.size() > kLongest) refuse("a piece of more than 4,096 bytes is not supported");
    if (text.find('\0') != std::string_view::npos ||
        find_invalid_utf8(text) != std::string_view::npos) {
      refuse("need UTF-8 text without NUL");
    }
    if (!std::isfinite(score)) refuse("need a finite score");
    if (!seen_.insert(text).second) refuse("the same text as an earlier one");
  }

  void normalizer(std::string_view message) const {
    each(message, [&](const ProtobufField& field) {
      if (field.number == kCharsMap && !field.bytes.empty()) chars_map(field.bytes);
    });
  }

  /// 4 bytes of the trie's size, the trie (a double array of 32-bit units, darts-clone), and texts
  /// that end with NUL, to which the trie's values point.
  void chars_map(std::string_view map) const {
    const auto fault = [&] { fail("its normalization map (precompiled_charsmap) is malformed"); };
    std::uint32_t trie_bytes = 0;
    if (map.size() <= sizeof trie_bytes) fault();
    std::memcpy(&trie_bytes, map.data(), sizeof trie_bytes);
    const std::uint64_t units = trie_bytes / 4;
    if (trie_bytes % 4 != 0 || units % 256 != 0 || units == 0 ||
        trie_bytes >= map.size() - sizeof trie_bytes) {
      fault();
    }
    const auto texts = map.substr(sizeof trie_bytes + trie_bytes);
    if (texts.back() != '\0') fault();
    for (std::uint64_t i = 0; i < units; ++i) {
      std::uint32_t unit = 0;
      std::memcpy(&unit, map.data() + sizeof trie_bytes + 4 * i, sizeof unit);
      if (!unit_stays_inside(unit, i, units, texts.size())) fault();
    }
  }

  static bool unit_stays_inside(std::uint32_t unit, std::uint64_t index, std::uint64_t units,
                                std::size_t texts) {
    constexpr std::uint32_t kLeaf = std::uint32_t{1} << 31;
    if ((unit & kLeaf) != 0) return (unit & ~kLeaf) < texts;
    const std::uint64_t offset = std::uint64_t{unit >> 10} << ((unit & (1u << 9)) >> 6);
    return ((index ^ offset) | 0xFF) < units;
  }

  const std::string& name_;
  std::set<std::string_view> seen_;
};

}  // namespace

void check_sentencepiece(std::string_view model, const std::string& name) {
  Check(name).model(model);
}

}  // namespace btx
