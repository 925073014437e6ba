#pragma once
// Regular expressions (PCRE2) on bytes.

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace sources {

/// A place where the expression matched: the groups, as offsets into the text.
class Match {
 public:
  Match(std::string_view text, const std::size_t* offsets, std::size_t groups)
      : text_(text), offsets_(offsets), groups_(groups) {}

  std::size_t begin() const { return offsets_[0]; }
  std::size_t end() const { return offsets_[1]; }

  /// Group 0 is the whole match; a group that took no part is empty.
  std::string_view group(std::size_t i) const {
    if (i >= groups_ || offsets_[2 * i] == PCRE2_UNSET) return {};
    const std::size_t begin = offsets_[2 * i], end = offsets_[2 * i + 1];
    return end < begin ? std::string_view{} : text_.substr(begin, end - begin);
  }

  /// Appends `form` with $0 to $9 replaced by groups, and $$ by $.
  void expand(std::string_view form, std::string& out) const {
    for (std::size_t i = 0; i < form.size(); ++i) {
      const char next = form[i] == '$' && i + 1 < form.size() ? form[i + 1] : '\0';
      const bool is_group = next >= '0' && next <= '9';
      if (is_group) out += group(static_cast<std::size_t>(next - '0'));
      if (!is_group) out += form[i];
      if (is_group || next == '$') ++i;
    }
  }

 private:
  std::string_view text_;
  const std::size_t* offsets_;
  std::size_t groups_;
};

/// Immutable.   [any]
class Regex {
 public:
  /// Throws btx::Error (usage) saying what is wrong with the pattern and where.
  explicit Regex(const std::string& pattern) : pattern_(pattern) {
    int error = 0;
    PCRE2_SIZE offset = 0;
    code_.reset(::pcre2_compile(bytes(pattern), pattern.size(), 0, &error, &offset, nullptr),
                &::pcre2_code_free);
    if (!code_) {
      throw btx::Error(btx::ExitCode::usage, fmt::format("regular expression '{}': {} at offset {}",
                                                         pattern, message_of(error), offset));
    }
    ::pcre2_jit_compile(code_.get(), PCRE2_JIT_COMPLETE);
  }

  /// Calls f for each match from left to right; an empty match moves on by one byte.
  /// Throws btx::Error if PCRE2 gives up.
  void for_each(std::string_view text, const std::function<void(const Match&)>& f) const {
    const std::shared_ptr<pcre2_match_data> data(
        ::pcre2_match_data_create_from_pattern(code_.get(), nullptr), &::pcre2_match_data_free);
    for (std::size_t at = 0; at <= text.size();) {
      int found = match(text, at, 0, data.get());
      // Compiled matching has a small stack; the interpreter has the heap.
      if (found == PCRE2_ERROR_JIT_STACKLIMIT) found = match(text, at, PCRE2_NO_JIT, data.get());
      if (found == PCRE2_ERROR_NOMATCH) return;
      if (found < 0) {
        throw btx::Error(fmt::format("regular expression '{}': {}", pattern_, message_of(found)));
      }
      const Match result(text, ::pcre2_get_ovector_pointer(data.get()),
                         static_cast<std::size_t>(found));
      f(result);
      const std::size_t end = std::max(result.end(), at);
      at = end > result.begin() ? end : result.begin() + 1;  // \K may put the begin behind the end
    }
  }

 private:
  static PCRE2_SPTR bytes(std::string_view text) {
    return reinterpret_cast<PCRE2_SPTR>(text.data());
  }

  static std::string message_of(int error) {
    std::array<PCRE2_UCHAR, 256> text{};
    ::pcre2_get_error_message(error, text.data(), text.size());
    return reinterpret_cast<const char*>(text.data());
  }

  int match(std::string_view text, std::size_t at, std::uint32_t options,
            pcre2_match_data* data) const {
    return ::pcre2_match(code_.get(), bytes(text), text.size(), at, options, data, nullptr);
  }

  std::string pattern_;
  std::shared_ptr<pcre2_code> code_;
};

}  // namespace sources
