#include "checkpoint/tokenizer_files.hpp"

#include "base/file.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {

namespace fs = std::filesystem;

bool same_tokenizer(const fs::path& a, const fs::path& b) {
  const auto first = find_tokenizer(a);
  const auto second = find_tokenizer(b);
  if (!first || !second || first->filename() != second->filename()) return false;
  if (read_file(*first) != read_file(*second)) return false;
  if (!fs::exists(a / "added_tokens.json") && !fs::exists(b / "added_tokens.json")) return true;
  return Tokenizer::load(*first) == Tokenizer::load(*second);
}

void copy_tokenizer(const fs::path& from, const fs::path& to) {
  const fs::path file = tokenizer_in(from);
  write_file(to / file.filename(), read_file(file));
  for (const char* beside : {"added_tokens.json", "special_tokens_map.json"}) {
    if (fs::exists(to / beside) || !fs::exists(from / beside)) continue;
    write_file(to / beside, read_file(from / beside));
  }
}

void copy_common_tokenizer(const std::vector<std::pair<std::string, fs::path>>& folders,
                           const fs::path& to) {
  const auto& [first_role, first] = folders.front();
  for (const auto& [role, folder] : folders) {
    if (!find_tokenizer(folder)) continue;  // not a model
    if (same_tokenizer(folder, first)) continue;
    throw Error(ExitCode::usage, fmt::format("{} and {} have different tokenizers; models can be "
                                             "combined only with one tokenizer",
                                             first_role, role));
  }
  copy_tokenizer(first, to);
}

}  // namespace btx
