#include "pretokenizer/pretokenizer.hpp"

#include "pretokenizer/digits_pretokenizer.hpp"
#include "pretokenizer/gpt2_pretokenizer.hpp"
#include "pretokenizer/llama3_pretokenizer.hpp"
#include "pretokenizer/metaspace_pretokenizer.hpp"
#include "pretokenizer/punctuation_pretokenizer.hpp"
#include "pretokenizer/tekken_pretokenizer.hpp"

#include <string>
#include <vector>

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
  if (spec.pattern == WordPattern::tekken) return std::make_unique<TekkenPretokenizer>();
  return std::make_unique<Llama3Pretokenizer>(spec.pattern == WordPattern::llama3 ? 3 : 1);
}
Made make(const ByteLevelSpec& spec) {
  return spec.use_regex ? make(SplitSpec{WordPattern::gpt2}) : nullptr;
}
Made make(const MetaspaceSpec& spec) {
  return spec.split ? std::make_unique<MetaspacePretokenizer>(spec.replacement, false) : nullptr;
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

Made make_pretokenizer(const std::vector<PretokenizerSpec>& steps, std::string_view also_cut_at) {
  auto made = make_each(steps);
  if (!also_cut_at.empty()) {
    made.push_back(std::make_unique<MetaspacePretokenizer>(std::string(also_cut_at), true));
  }
  return sequence(std::move(made));
}

}  // namespace btx
