#pragma once
// The pattern of GPT-2, scanned by hand:
//   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+

#include "tokenizer/char_class.hpp"
#include "tokenizer/pretokenizer.hpp"

namespace btx {

class Gpt2Pretokenizer : public Pretokenizer {
 public:
  void split(std::string_view text, WordSink emit) const override;

 private:
  Char at(std::string_view text, std::size_t pos) const;
  std::size_t word_end(std::string_view text, std::size_t begin) const;
  std::size_t run_end(std::string_view text, std::size_t begin, CharClass kind) const;
  std::size_t spaces_end(std::string_view text, std::size_t begin) const;

  const CharClass* classes_ = char_classes();
};

}  // namespace btx
