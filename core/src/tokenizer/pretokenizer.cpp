#include "tokenizer/pretokenizer.hpp"

#include "tokenizer/digits_pretokenizer.hpp"
#include "tokenizer/gpt2_pretokenizer.hpp"

namespace btx {
namespace {

class SequencePretokenizer : public Pretokenizer {
 public:
  explicit SequencePretokenizer(std::vector<std::unique_ptr<Pretokenizer>> steps)
      : steps_(std::move(steps)) {}

  void split(std::string_view text, WordSink emit) const override { apply(0, text, emit); }

 private:
  void apply(std::size_t step, std::string_view text, WordSink emit) const {
    if (step == steps_.size()) return emit(text);
    if (step + 1 == steps_.size()) return steps_[step]->split(text, emit);
    steps_[step]->split(text, [&](std::string_view word) { apply(step + 1, word, emit); });
  }

  std::vector<std::unique_ptr<Pretokenizer>> steps_;
};

std::unique_ptr<Pretokenizer> make(const DigitsSpec& spec) {
  return std::make_unique<DigitsPretokenizer>(spec.individual);
}
std::unique_ptr<Pretokenizer> make(const Gpt2Spec&) {
  return std::make_unique<Gpt2Pretokenizer>();
}

}  // namespace

Pretokenizer::~Pretokenizer() = default;

std::unique_ptr<Pretokenizer> make_pretokenizer(const std::vector<PretokenizerSpec>& steps) {
  std::vector<std::unique_ptr<Pretokenizer>> made;
  for (const auto& step : steps) {
    made.push_back(std::visit([](const auto& spec) { return make(spec); }, step));
  }
  if (made.size() == 1) return std::move(made.front());
  return std::make_unique<SequencePretokenizer>(std::move(made));
}

}  // namespace btx
