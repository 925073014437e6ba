#include "data/grams.hpp"

#include "base/hash.hpp"

#include <algorithm>
#include <string>

namespace btx {
namespace {

constexpr std::uint64_t kBase = 0x9E3779B97F4A7C15;  // odd, so that no word's hash is lost

bool is_word_byte(unsigned char c) {
  return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// U+2000 to U+203F are E2 80 and one byte more.
bool is_punctuation(std::string_view text, std::size_t at) {
  return text.substr(at, 2) == "\xE2\x80" && at + 2 < text.size();
}

/// Hashes of the runs of a text, of any length, from one pass over its words.
class Runs {
 public:
  explicit Runs(const std::vector<std::uint64_t>& words) : prefix_{0} {
    prefix_.reserve(words.size() + 1);
    for (const std::uint64_t word : words) prefix_.push_back(prefix_.back() * kBase + word);
  }
  std::size_t words() const { return prefix_.size() - 1; }
  std::uint64_t hash(std::size_t first, std::size_t count, std::uint64_t power) const {
    return prefix_[first + count] - prefix_[first] * power;
  }

 private:
  std::vector<std::uint64_t> prefix_;
};

std::uint64_t power_of(std::size_t count) {
  std::uint64_t power = 1;
  for (std::size_t i = 0; i < count; ++i) power *= kBase;
  return power;
}

}  // namespace

Words words_of(std::string_view text) {
  Words words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.hashes.push_back(hash64(word));
    word.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (is_punctuation(text, i)) {
      end_word();
      i += 2;
    } else if (!is_word_byte(c)) {
      end_word();
    } else {
      if (word.empty()) words.begins.push_back(i);
      word += static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
  }
  end_word();
  return words;
}

void GramIndex::add(std::string_view text, std::size_t set) {
  const Runs runs(words_of(text).hashes);
  if (runs.words() < kShortest) return;
  const std::size_t length = std::min(words_, runs.words());
  const std::uint64_t power = power_of(length);
  lengths_.insert(length);
  for (std::size_t first = 0; first + length <= runs.words(); ++first) {
    set_of_.try_emplace(runs.hash(first, length, power), static_cast<std::uint32_t>(set));
  }
}

/// Where the last words of a context begin that can be in one run with what follows it. The last
/// of them may go on in what follows.
std::size_t GramIndex::tail(std::string_view context, std::size_t set) {
  const auto [known, is_new] = tails_.try_emplace(hash64(context), 0);
  if (!is_new) return known->second;
  const std::vector<std::size_t> begins = words_of(context).begins;
  if (begins.size() < words_) return 0;
  add(context, set);
  return known->second = begins[begins.size() - words_];
}

void GramIndex::add(std::string_view context, std::string_view continuation, std::size_t set) {
  std::string end(context.substr(tail(context, set)));
  end += continuation;
  add(end, set);
}

std::optional<std::size_t> GramIndex::find(std::string_view text) const {
  const Runs runs(words_of(text).hashes);
  std::vector<std::uint64_t> powers;
  for (const std::size_t length : lengths_) powers.push_back(power_of(length));
  for (std::size_t first = 0; first < runs.words(); ++first) {
    std::size_t i = 0;
    for (const std::size_t length : lengths_) {
      if (first + length > runs.words()) break;
      const auto found = set_of_.find(runs.hash(first, length, powers[i++]));
      if (found != set_of_.end()) return found->second;
    }
  }
  return std::nullopt;
}

}  // namespace btx
