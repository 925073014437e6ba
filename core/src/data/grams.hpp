#pragma once
// Runs of words of texts, to find them in other texts.

#include <btx/export.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace btx {

/// A text's words: maximal runs of letters and digits, whatever stands between them. Bytes from
/// 0x80 are letters, but for the dashes, quotation marks and spaces of U+2000 to U+203F.
struct Words {
  std::vector<std::uint64_t> hashes;  ///< A to Z taken as a to z
  std::vector<std::size_t> begins;    ///< in the text, in bytes
};
BTX_EXPORT Words words_of(std::string_view text);

/// Every run of so many words of the texts of several sets, as 64-bit hashes: two different runs
/// are taken for one with a probability that does not matter (2^-60 or so).
class BTX_EXPORT GramIndex {
 public:
  /// Texts with fewer words than that are not used: runs so short are everyday language.
  static constexpr std::size_t kShortest = 8;

  /// `words`: of a run, at least kShortest.
  explicit GramIndex(std::size_t words) : words_(words) {}

  /// Adds a text of set number `set`. One with fewer than `words` words is one run as a whole.
  void add(std::string_view text, std::size_t set);
  /// Adds `context` with `continuation` behind it; a context that came before costs no more than
  /// its last words.
  void add(std::string_view context, std::string_view continuation, std::size_t set);

  /// The set of the first run in `text` that is there, which is the first set that had it.
  std::optional<std::size_t> find(std::string_view text) const;

 private:
  std::size_t tail(std::string_view context, std::size_t set);

  std::size_t words_;
  std::unordered_map<std::uint64_t, std::uint32_t> set_of_;
  std::set<std::size_t> lengths_;                         ///< of the runs that are there
  std::unordered_map<std::uint64_t, std::size_t> tails_;  ///< of contexts, by their hash
};

}  // namespace btx
