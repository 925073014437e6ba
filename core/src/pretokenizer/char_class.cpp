#include "pretokenizer/char_class.hpp"

#include "pretokenizer/unicode_ranges.hpp"

#include <algorithm>
#include <vector>

namespace btx {
namespace {

constexpr std::size_t kCodePoints = 0x110000;

/// The property White_Space, which \s stands for.
constexpr CodeRange kSpaces[] = {
    {0x09, 0x0D},     {0x20, 0x20},     {0x85, 0x85},     {0xA0, 0xA0},     {0x1680, 0x1680},
    {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000},
};
/// Hugging Face's Digits asks Rust, which is a Unicode version ahead of the regular expressions.
constexpr CodeRange kNewNumbers[] = {{0x11DE0, 0x11DE9}, {0x16FF4, 0x16FF6}};

std::vector<CharClass> build_classes() {
  std::vector<CharClass> classes(kCodePoints, CharClass::other);
  const auto fill = [&](std::span<const CodeRange> ranges, CharClass kind) {
    for (const auto& range : ranges) {
      std::fill(classes.begin() + range.first, classes.begin() + range.last + 1, kind);
    }
  };
  fill(letter_ranges(), CharClass::letter);
  fill(number_ranges(), CharClass::number);
  fill(kNewNumbers, CharClass::new_number);
  fill(kSpaces, CharClass::space);
  return classes;
}

}  // namespace

const CharClass* char_classes() {
  static const std::vector<CharClass> classes = build_classes();
  return classes.data();
}

}  // namespace btx
