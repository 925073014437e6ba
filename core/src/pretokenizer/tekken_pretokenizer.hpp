#pragma once
// Words by WordPattern::tekken: a word ends before a capital letter after small ones.

#include "pretokenizer/char_scanner.hpp"
#include "pretokenizer/letter_case.hpp"
#include "pretokenizer/pretokenizer.hpp"

namespace btx {

class TekkenPretokenizer : public Pretokenizer {
 public:
  void split(std::string_view text, WordSink emit) const override;

 private:
  LetterCase case_at(std::string_view text, std::size_t at) const;
  std::size_t word_end(std::string_view text, std::size_t begin) const;
  std::size_t letters_end(std::string_view text, std::size_t begin) const;
  std::size_t capitals_end(std::string_view text, std::size_t begin) const;
  std::size_t small_end(std::string_view text, std::size_t begin) const;
  std::size_t camel_end(std::string_view text, std::size_t begin) const;
  std::size_t other_end(std::string_view text, std::size_t begin) const;

  CharScanner scan_;
  const LetterCase* cases_ = letter_cases();
};

}  // namespace btx
