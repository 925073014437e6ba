#include "pretokenizer/byte_alphabet.hpp"

#include "pretokenizer/utf8.hpp"

#include <algorithm>
#include <numeric>

namespace btx {
namespace {

struct Alphabet {
  std::array<char32_t, 256> character{};      ///< of each byte
  std::array<int, 256 + 68> byte{};           ///< of each character, -1: none
  std::array<unsigned char, 256> in_order{};  ///< bytes by character
};

bool printable(unsigned byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte != 0xAD);
}

Alphabet build_alphabet() {
  Alphabet alphabet;
  alphabet.byte.fill(-1);
  char32_t next = 256;
  for (unsigned byte = 0; byte < 256; ++byte) {
    alphabet.character[byte] = printable(byte) ? byte : next++;
    alphabet.byte[alphabet.character[byte]] = static_cast<int>(byte);
  }
  std::iota(alphabet.in_order.begin(), alphabet.in_order.end(), static_cast<unsigned char>(0));
  std::ranges::sort(alphabet.in_order, {},
                    [&](unsigned char byte) { return alphabet.character[byte]; });
  return alphabet;
}

const Alphabet& alphabet() {
  static const Alphabet built = build_alphabet();
  return built;
}

}  // namespace

std::string to_visible(std::string_view bytes) {
  std::string visible;
  for (const char byte : bytes) {
    append_utf8(visible, alphabet().character[static_cast<unsigned char>(byte)]);
  }
  return visible;
}

std::optional<std::string> to_bytes(std::string_view visible) {
  std::string bytes;
  for (std::size_t at = 0; at < visible.size();) {
    const CodePoint point = decode_utf8(visible, at);
    at += point.bytes;
    const bool known = point.valid && point.value < alphabet().byte.size();
    const int byte = known ? alphabet().byte[point.value] : -1;
    if (byte < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

const std::array<unsigned char, 256>& alphabet_order() {
  return alphabet().in_order;
}

}  // namespace btx
