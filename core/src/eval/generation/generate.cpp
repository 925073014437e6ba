#include "eval/generation/generate.hpp"

#include "base/interrupt.hpp"
#include "checkpoint/hf/generation_config.hpp"
#include "eval/encode_request.hpp"
#include "eval/generation/prompt_room.hpp"
#include "eval/generation/sample.hpp"
#include "eval/generation/text_cache.hpp"
#include "pretokenizer/normalizer.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

/// One text that grows.
struct GeneratedText {
  std::size_t request = 0;
  NextToken::Ids prompt;
  std::vector<std::int32_t> written;
  bool done = false;
};

/// Whether the last token completed a stop string; looks at no more of the end than that takes.
bool at_stop(const Tokenizer& tokenizer, const GeneratedText& text,
             const std::vector<std::string>& stops) {
  std::size_t longest = 0;
  for (const auto& stop : stops) longest = std::max(longest, stop.size());
  const std::size_t count = std::min(text.written.size(), longest + 4);
  if (longest == 0) return false;
  const std::string end =
      tokenizer.decode({text.written.data() + text.written.size() - count, count});
  return find_stop(end, stops) != std::string::npos;
}

/// The prompts that something is to follow, the longest first.
std::vector<GeneratedText> texts_of(const NextToken& model, const Tokenizer& tokenizer,
                                    std::span<const Request> requests) {
  std::vector<GeneratedText> texts;
  std::size_t cut = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (requests[i].max_tokens == 0) continue;
    const std::int64_t room = prompt_room(requests[i], model.context());
    GeneratedText text{i, encode_prompt(tokenizer, requests[i]), {}, false};
    check_ids(text.prompt, model.vocabulary(), tokenizer, requests[i].place);
    const std::int64_t over = std::ssize(text.prompt) - room;
    cut += over > 0 ? 1 : 0;
    if (over > 0) text.prompt.erase(text.prompt.begin(), text.prompt.begin() + over);
    texts.push_back(std::move(text));
  }
  if (cut > 0) {
    log(LogLevel::warning,
        fmt::format("{} of {} prompts lost their beginning, for room to generate", cut,
                    texts.size()));
  }
  std::stable_sort(texts.begin(), texts.end(), [](const GeneratedText& a, const GeneratedText& b) {
    return a.prompt.size() > b.prompt.size();
  });
  return texts;
}

/// Texts of one batch, until all are done.
class GrowingTexts {
 public:
  GrowingTexts(NextToken& model, const Tokenizer& tokenizer, std::span<const Request> requests,
               const GenerateConfig& config, std::span<GeneratedText> texts)
      : model_(model), tokenizer_(tokenizer), requests_(requests), config_(config), texts_(texts) {
    for (std::size_t i = 0; i < texts.size(); ++i) rows_.push_back(i);
  }

  void run() {
    std::vector<NextToken::Ids> prompts;
    for (const auto& text : texts_) prompts.push_back(text.prompt);
    at::Tensor next = model_.start(prompts);
    while (true) {
      leave_if_interrupted();
      const NextToken::Ids tokens = choose(next.to(at::kCPU).contiguous());
      if (!drop_finished(tokens)) return;
      next = model_.next(going_);
    }
  }

 private:
  /// A token for each row; kEnded behind the end of a text.
  NextToken::Ids choose(const at::Tensor& log_probabilities) {
    NextToken::Ids tokens;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      GeneratedText& text = texts_[rows_[row]];
      std::int64_t token = NextToken::kEnded;
      if (!text.done) {
        token = sample(log_probabilities[static_cast<std::int64_t>(row)], config_.sampling,
                       text.request, text.written.size());
        add(text, token);
      }
      tokens.push_back(text.done ? NextToken::kEnded : token);
    }
    return tokens;
  }

  void add(GeneratedText& text, std::int64_t token) {
    const Request& request = requests_[text.request];
    text.done = std::find(config_.ends.begin(), config_.ends.end(), token) != config_.ends.end();
    if (text.done) return;
    text.written.push_back(static_cast<std::int32_t>(token));
    text.done =
        std::ssize(text.written) == request.max_tokens || at_stop(tokenizer_, text, request.stop);
    if (config_.on_token) config_.on_token(text.request, token);
  }

  /// Finished rows leave once they are a quarter of all. False when none is left.
  bool drop_finished(const NextToken::Ids& tokens) {
    NextToken::Ids kept;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if (!texts_[rows_[row]].done) kept.push_back(static_cast<std::int64_t>(row));
    }
    going_ = tokens;
    if (kept.empty()) return false;
    if (4 * (rows_.size() - kept.size()) < rows_.size()) return true;
    model_.keep(kept);
    std::vector<std::size_t> rows;
    going_.clear();
    for (const auto row : kept) {
      rows.push_back(rows_[static_cast<std::size_t>(row)]);
      going_.push_back(tokens[static_cast<std::size_t>(row)]);
    }
    rows_ = std::move(rows);
    return true;
  }

  NextToken& model_;
  const Tokenizer& tokenizer_;
  std::span<const Request> requests_;
  const GenerateConfig& config_;
  std::span<GeneratedText> texts_;
  std::vector<std::size_t> rows_;  ///< which text each row of the model is
  NextToken::Ids going_;           ///< the tokens that the model is to take next
};

std::size_t batch_of(std::span<const GeneratedText> texts, std::span<const Request> requests,
                     const GenerateConfig& config) {
  std::int64_t longest = 0;
  std::size_t count = 0;
  for (const auto& text : texts) {
    const std::int64_t size = std::ssize(text.prompt) + requests[text.request].max_tokens;
    longest = std::max(longest, size);
    const bool fits = static_cast<std::int64_t>(count + 1) * longest <= kTextCacheTokens;
    if ((count > 0 && !fits) || static_cast<std::int64_t>(count) == config.batch_size) {
      break;
    }
    ++count;
  }
  return count;
}

}  // namespace

std::vector<std::int64_t> text_ends(const fs::path& folder, const ModelConfig& model,
                                    const Tokenizer& tokenizer) {
  if (auto ends = generation_ends(folder); !ends.empty()) return ends;
  if (!model.special_tokens.eos.empty()) return model.special_tokens.eos;
  const auto end = tokenizer.find_eos();
  return end ? std::vector<std::int64_t>{*end} : std::vector<std::int64_t>{};
}

std::string text_after(const Tokenizer& tokenizer, std::span<const std::int64_t> prompt,
                       std::span<const std::int32_t> written) {
  constexpr std::size_t kTail = 4;
  const auto tail = prompt.last(std::min(prompt.size(), kTail));
  std::vector<std::int32_t> ids(tail.begin(), tail.end());
  const std::string before = tokenizer.decode(ids);
  ids.insert(ids.end(), written.begin(), written.end());
  const std::string all = tokenizer.decode(ids);
  return all.starts_with(before) ? all.substr(before.size()) : tokenizer.decode(written);
}

std::size_t find_stop(const std::string& text, const std::vector<std::string>& stops) {
  std::size_t first = std::string::npos;
  for (const auto& stop : stops) first = std::min(first, text.find(stop));
  return first;
}

std::vector<std::string> generate(NextToken& model, const Tokenizer& tokenizer,
                                  std::span<const Request> requests, const GenerateConfig& config) {
  std::vector<std::string> answers(requests.size());
  auto texts = texts_of(model, tokenizer, requests);
  for (std::size_t first = 0; first < texts.size();) {
    const std::span<GeneratedText> rest(texts.data() + first, texts.size() - first);
    const std::span<GeneratedText> part = rest.first(batch_of(rest, requests, config));
    GrowingTexts(model, tokenizer, requests, config, part).run();
    for (const auto& text : part) {
      const std::string all = text_after(tokenizer, text.prompt, text.written);
      answers[text.request] =
          valid_utf8(all.substr(0, find_stop(all, requests[text.request].stop)));
    }
    first += part.size();
  }
  return answers;
}

}  // namespace btx
