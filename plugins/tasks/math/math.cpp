// Competition mathematics (MATH): is the generated solution's answer the right one?
#include "common/exact_match.hpp"
#include "common/fraction.hpp"
#include "math/normalise.hpp"

#include <btx/plugin.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace {

constexpr auto kNone = std::string_view::npos;

/// The offset behind the brace that closes the one at `open`; npos if none does.
std::size_t behind_brace(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;  // \{ and \} are no braces
    } else if (text[i] == '{') {
      ++depth;
    } else if (text[i] == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return kNone;
}

/// What `command`, which ends at `from`, holds: a group, or what comes before the formula's end.
std::optional<std::string> argument(std::string_view text, std::size_t from) {
  const std::size_t start = text.find_first_not_of(' ', from);
  if (start == kNone) return std::nullopt;
  if (text[start] != '{') {
    // "\boxed" begins another word, such as "\boxedx", unless something sets it off.
    if (start == from) return std::nullopt;
    const std::size_t end = std::min(text.find_first_of("$\n", start), text.size());
    return std::string(text.substr(start, end - start));
  }
  const std::size_t end = behind_brace(text, start);
  if (end == kNone) return std::nullopt;
  return std::string(text.substr(start + 1, end - start - 2));
}

/// What one command holds, and where it stands in the text.
struct Box {
  std::size_t begin = 0;
  std::string content;
};

std::optional<Box> last_of(std::string_view text, std::string_view command) {
  for (auto at = text.rfind(command); at != kNone; at = text.rfind(command, at - 1)) {
    if (auto found = argument(text, at + command.size())) return Box{at, *found};
    if (at == 0) break;
  }
  return std::nullopt;
}

/// Whether nothing but a comma or "and" is between two boxes: they are one answer.
bool only_joins(std::string between) {
  for (const std::string_view word : {"\\text", "\\quad", "\\ ", "\\(", "\\)", "and", "or"}) {
    for (auto at = between.find(word); at != kNone; at = between.find(word, at)) {
      between.erase(at, word.size());
    }
  }
  return between.find_first_not_of(" ,;$\n{}") == kNone && between.find("\n\n") == kNone;
}

/// The contents of the last \boxed{...} (or "\boxed 5") and of those just before it, which it makes
/// a list with, joined by commas.
std::optional<std::string> boxed(std::string_view text) {
  auto box = last_of(text, "\\boxed");
  if (!box) return std::nullopt;
  std::string all = box->content;
  while (const auto earlier = last_of(text.substr(0, box->begin), "\\boxed")) {
    const std::size_t open = text.find('{', earlier->begin);
    if (open >= box->begin || box->content == earlier->content) break;
    const std::size_t end = behind_brace(text, open);
    if (end > box->begin || !only_joins(std::string(text.substr(end, box->begin - end)))) break;
    all.insert(0, earlier->content + ",");
    box = earlier;
  }
  return all;
}

/// What the last \boxed{...}s, or the last \fbox{...}, of the text hold.
std::optional<std::string> last_boxed(std::string_view text) {
  if (auto found = boxed(text)) return found;
  const auto box = last_of(text, "\\fbox");
  return box ? std::optional(box->content) : std::nullopt;
}

/// The first formula of a text, between the marks that TeX knows, or the text.
std::string_view first_formula(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kMarks = {
      {{"$$", "$$"}, {"$", "$"}, {"\\(", "\\)"}, {"\\[", "\\]"}}};
  std::size_t first = kNone;
  std::string_view formula = text;
  for (const auto& [begin, end] : kMarks) {
    const std::size_t open = text.find(begin);
    const std::size_t close = open == kNone ? kNone : text.find(end, open + begin.size());
    if (close == kNone || close == open + begin.size() || open >= first) continue;
    first = open;
    formula = text.substr(open + begin.size(), close - open - begin.size());
  }
  return formula;
}

/// The answer of a solution: its last box, else what follows "The final answer is".
std::optional<std::string> final_answer(std::string_view solution) {
  if (auto boxed = last_boxed(solution)) return boxed;
  constexpr std::string_view kPhrase = "inal answer is";
  const std::size_t phrase = solution.find(kPhrase);
  if (phrase == kNone) return std::nullopt;
  std::string_view said = solution.substr(phrase + kPhrase.size());
  said = said.substr(0, said.find(". I hope"));
  const bool display = said.substr(0, said.find_first_not_of(" :\n") + 2).ends_with("\\[");
  if (!display) said = said.substr(0, said.find('\n'));
  said = first_formula(said);
  if (said.find_first_not_of(" :.$\n") == kNone) return std::nullopt;
  return std::string(said.substr(said.find_first_not_of(" :\n")));
}

class Math final : public tasks::ExactMatchTask {
 public:
  using ExactMatchTask::ExactMatchTask;

 private:
  /// The solution's box comes first: answers that were made from it have been normalised before,
  /// some to what is no LaTeX any more ("\le(" for "\left(").
  std::vector<std::string> right_answers(const btx::EvalRow& row) const override {
    const auto doc = tasks::doc_of(row);
    std::string answer = last_boxed(tasks::text_of(doc, "solution")).value_or("");
    if (answer.empty()) answer = tasks::text_of(doc, "answer");
    if (answer.empty()) answer = tasks::text_of(tasks::label_of(row));
    answer = tasks::normalised(answer);
    if (!answer.empty()) return {answer};
    tasks::refuse(row,
                  "needs the right answer, in a \\boxed{} of doc.solution, in doc.answer or "
                  "in label, and found none");
  }

  std::optional<std::string> answer_in(const std::string& generated) const override {
    const auto answer = final_answer(generated);
    return answer ? std::optional(tasks::normalised(*answer)) : std::nullopt;
  }

  bool same(const std::string& answer, const std::string& right) const override {
    const auto number = tasks::fraction_in(answer);
    return answer == right || (number && number == tasks::fraction_in(right));
  }
};

}  // namespace

BTX_PLUGIN("task_math", "0.2.0", registrar) {
  registrar.add<btx::Task, Math>("math", "exact match of a solution's answer, normalised");
}
