#include "tokenizer/pretokenizer.hpp"

#include "tokenizer/digits_pretokenizer.hpp"
#include "tokenizer/gpt2_pretokenizer.hpp"
#include "tokenizer/llama3_pretokenizer.hpp"
#include "tokenizer/metaspace_pretokenizer.hpp"
#include "tokenizer/punctuation_pretokenizer.hpp"
#include "tokenizer/utf8.hpp"

#include <algorithm>

namespace btx {
namespace {

class SequencePretokenizer : public Pretokenizer {
 public:
  explicit SequencePretokenizer(std::vector<std::unique_ptr<Pretokenizer>> steps)
      : steps_(std::move(steps)) {}

  void split(std::string_view text, WordSink emit) const override { apply(0, text, emit); }

 private:
  void apply(std::size_t step, std::string_view text, WordSink emit) const {
    if (text.empty()) return;
    if (step == steps_.size()) return emit(text);
    if (step + 1 == steps_.size()) return steps_[step]->split(text, emit);
    steps_[step]->split(text, [&](std::string_view word) { apply(step + 1, word, emit); });
  }

  std::vector<std::unique_ptr<Pretokenizer>> steps_;
};

using Made = std::unique_ptr<Pretokenizer>;

Made make(const DigitsSpec& spec) {
  return std::make_unique<DigitsPretokenizer>(spec.individual);
}
Made make(const PunctuationSpec&) {
  return std::make_unique<PunctuationPretokenizer>();
}
Made make(const SplitSpec& spec) {
  if (spec.pattern == WordPattern::gpt2) return std::make_unique<Gpt2Pretokenizer>();
  return std::make_unique<Llama3Pretokenizer>(spec.pattern == WordPattern::llama3 ? 3 : 1);
}
Made make(const ByteLevelSpec& spec) {
  return spec.use_regex ? make(SplitSpec{WordPattern::gpt2}) : nullptr;
}
Made make(const MetaspaceSpec& spec) {
  return spec.split ? std::make_unique<MetaspacePretokenizer>(spec.replacement, false) : nullptr;
}

constexpr std::string_view kVisibleSpace = "\u2581";

/// Whether no token goes on with a visible space after another character, so that words may be cut
/// there.
bool cut_at_spaces(const TokenizerSpec& spec) {
  if (spec.byte_level() || spec.ignore_merges) return false;
  if (std::ranges::find(spec.tokens, kVisibleSpace) == spec.tokens.end()) return false;
  return std::ranges::none_of(spec.merges, [&](const MergeSpec& merge) {
    const std::string_view token = spec.tokens[static_cast<std::size_t>(merge.result)];
    bool in_word = false;
    for (std::size_t at = 0; at < token.size();) {
      const bool space = token.substr(at).starts_with(kVisibleSpace);
      if (space && in_word) return true;
      in_word = !space;
      at += space ? kVisibleSpace.size() : decode_utf8(token, at).bytes;
    }
    return false;
  });
}

Made sequence(std::vector<Made> steps) {
  std::erase(steps, nullptr);
  if (steps.size() == 1) return std::move(steps.front());
  return std::make_unique<SequencePretokenizer>(std::move(steps));
}

std::vector<Made> make_each(const std::vector<PretokenizerSpec>& steps) {
  std::vector<Made> made;
  for (const auto& step : steps) {
    made.push_back(std::visit([](const auto& spec) { return make(spec); }, step));
  }
  return made;
}

}  // namespace

Pretokenizer::~Pretokenizer() = default;

Made make_pretokenizer(const std::vector<PretokenizerSpec>& steps) {
  return sequence(make_each(steps));
}

Made make_pretokenizer(const TokenizerSpec& spec) {
  auto made = make_each(spec.pretokenizers);
  if (cut_at_spaces(spec)) {
    made.push_back(std::make_unique<MetaspacePretokenizer>(std::string(kVisibleSpace), true));
  }
  return sequence(std::move(made));
}

}  // namespace btx
