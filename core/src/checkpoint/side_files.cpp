#include "checkpoint/side_files.hpp"

#include <algorithm>
#include <array>

namespace btx {
namespace {

constexpr std::array<const char*, 9> kNames = {"tokenizer_config.json",
                                               "special_tokens_map.json",
                                               "added_tokens.json",
                                               "tokenizer.model",
                                               "vocab.json",
                                               "merges.txt",
                                               "chat_template.jinja",
                                               "chat_template.json",
                                               "generation_config.json"};

}  // namespace

bool is_side_file(const std::string& name) {
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

void copy_side_files(const fs::path& from, const fs::path& to) {
  for (const char* name : kNames) {
    if (fs::is_regular_file(from / name)) write_file(to / name, read_file(from / name));
  }
}

}  // namespace btx
