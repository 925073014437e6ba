#pragma once
// The alphabet of byte-level BPE: tokenizer.json writes each byte as a printable character, itself
// where it is one, else U+0100 and up ("Ġ" is a space, "Ċ" a newline).
// Source: Radford et al. 2019, GPT-2, encoder.py, bytes_to_unicode.

#include <btx/export.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace btx {

/// Bytes as tokenizer.json writes them.   [any]
BTX_EXPORT std::string to_visible(std::string_view bytes);
/// The bytes behind a written token; nothing if a character is not of the alphabet.   [any]
BTX_EXPORT std::optional<std::string> to_bytes(std::string_view visible);
/// All 256 bytes in the order of their written characters, in which a trainer numbers them.
const std::array<unsigned char, 256>& alphabet_order();

}  // namespace btx
