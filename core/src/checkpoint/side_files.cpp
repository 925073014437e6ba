#include "checkpoint/side_files.hpp"

#include <algorithm>
#include <array>

namespace btx {
namespace {

constexpr std::array<const char*, 10> kSideFiles = {"tokenizer_config.json",
                                                    "special_tokens_map.json",
                                                    "added_tokens.json",
                                                    "tokenizer.model",
                                                    "tekken.json",
                                                    "vocab.json",
                                                    "merges.txt",
                                                    "chat_template.jinja",
                                                    "chat_template.json",
                                                    "generation_config.json"};
/// Templates that are chosen by name, as transformers keeps them.
constexpr const char* kTemplates = "additional_chat_templates";

}  // namespace

std::vector<fs::path> side_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const char* name : kSideFiles) {
    if (fs::is_regular_file(folder / name)) files.emplace_back(name);
  }
  if (fs::is_directory(folder / kTemplates)) {
    for (const auto& item : fs::directory_iterator(folder / kTemplates)) {
      if (item.is_regular_file()) files.push_back(fs::path(kTemplates) / item.path().filename());
    }
  }
  std::ranges::sort(files);
  return files;
}

void copy_side_files(const fs::path& from, const fs::path& to) {
  for (const auto& file : side_files(from)) {
    make_folder((to / file).parent_path());
    write_file(to / file, read_file(from / file));
  }
}

}  // namespace btx
