#include "pretokenizer/normalizer.hpp"

#include "pretokenizer/unicode_ranges.hpp"
#include "pretokenizer/utf8.hpp"

#include <btx/error.hpp>

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace btx {
namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string compose(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  utf8proc_uint8_t* composed = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto size =
      utf8proc_map(bytes, static_cast<utf8proc_ssize_t>(text.size()), &composed, options);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(composed, &std::free);
  if (size < 0) throw Error(std::string("tokenizer: NFC: ") + utf8proc_errmsg(size));
  return {reinterpret_cast<const char*>(composed), static_cast<std::size_t>(size)};
}

/// Hugging Face's NFC: characters younger than its Unicode neither move nor compose, and nothing
/// moves across them.
std::string apply(const NfcSpec&, const std::string& text) {
  if (is_ascii(text)) return text;
  std::string composed;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode_utf8(text, at);
    if (in_ranges(young_mark_ranges(), point.value)) {
      composed += compose(std::string_view(text).substr(begin, at - begin));
      composed.append(text, at, point.bytes);
      begin = at + point.bytes;
    }
    at += point.bytes;
  }
  return composed += compose(std::string_view(text).substr(begin));
}

std::string apply(const ReplaceSpec& spec, const std::string& text) {
  return replace_all(text, spec.from, spec.to);
}

std::string apply(const PrependSpec& spec, const std::string& text) {
  return text.empty() ? text : spec.text + text;
}

}  // namespace

std::string Normalizer::apply(std::string text) const {
  for (const auto& step : steps_) {
    text = std::visit([&](const auto& spec) { return btx::apply(spec, std::move(text)); }, step);
  }
  return text;
}

std::string valid_utf8(std::string_view text) {
  std::string valid;
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode_utf8(text, at);
    if (!point.valid) {
      valid.append(text, done, at - done).append("\uFFFD");
      done = at + 1;
    }
    at += point.bytes;
  }
  return valid.append(text, done);
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string replaced;
  std::size_t done = 0;
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string_view::npos;) {
    replaced.append(text, done, at - done).append(to);
    done = at += from.size();
  }
  return replaced.append(text, done);
}

}  // namespace btx
