#include "checkpoint/gguf/gguf_parts.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <fstream>

namespace btx {
namespace {

constexpr std::int64_t kMostParts = 99999;

/// "-00001-of-00003.gguf"
std::string ending(std::int64_t part, std::int64_t count) {
  return fmt::format("-{:05}-of-{:05}.gguf", part + 1, count);
}

[[noreturn]] void refuse(const fs::path& path, const std::string& what) {
  throw Error(ExitCode::usage, fmt::format("{}: {}", path.string(), what));
}

}  // namespace

bool is_gguf(const fs::path& path) {
  if (path.extension() == ".gguf") return true;
  if (!fs::is_regular_file(path)) return false;
  std::array<char, 4> mark{};
  std::ifstream file(path, std::ios::binary);
  return file.read(mark.data(), mark.size()) && std::memcmp(mark.data(), "GGUF", mark.size()) == 0;
}

std::vector<fs::path> gguf_parts(const fs::path& path) {
  const GgufFile given(path);
  const std::int64_t count = given.integer("split.count").value_or(1);
  const std::int64_t part = given.integer("split.no").value_or(0);
  if (count <= 1) return {path};
  if (count > kMostParts || part < 0 || part >= count) {
    given.refuse(fmt::format("'split.no' is {} of 'split.count' {}", part, count));
  }
  const std::string name = path.filename().string();
  const std::string own = ending(part, count);
  if (!name.ends_with(own)) {
    refuse(path,
           fmt::format("is file {} of {} of a split model; its name has to end in {}, and the "
                       "others have to lie beside it",
                       part + 1, count, own));
  }
  std::vector<fs::path> parts;
  for (std::int64_t i = 0; i < count; ++i) {
    parts.push_back(path.parent_path() /
                    (name.substr(0, name.size() - own.size()) + ending(i, count)));
    if (fs::exists(parts.back())) continue;
    refuse(path, fmt::format("is file {} of {} of a split model, and {} is not beside it", part + 1,
                             count, parts.back().filename().string()));
  }
  return parts;
}

GgufParts::GgufParts(const fs::path& path) {
  for (const auto& part : gguf_parts(path)) files_.emplace_back(part);
  for (std::size_t i = 1; i < files_.size(); ++i) {
    if (files_[i].integer("split.no") != static_cast<std::int64_t>(i)) {
      files_[i].refuse(fmt::format("'split.no' does not say that it is file {}", i + 1));
    }
    for (const auto& tensor : files_[i].tensors()) {
      if (find(tensor.name).file == &files_[i]) continue;
      files_[i].refuse(fmt::format("tensor '{}' is in an earlier file, too", tensor.name));
    }
  }
  const auto told = first().integer("split.tensors.count");
  if (files_.size() > 1 && told && *told != tensors()) {
    first().refuse(fmt::format("'split.tensors.count' is {}, its {} files have {}", *told,
                               files_.size(), tensors()));
  }
}

GgufParts::Place GgufParts::find(std::string_view tensor) const {
  for (const auto& file : files_) {
    if (const GgufTensor* found = file.find(tensor)) return {&file, found};
  }
  return {};
}

std::int64_t GgufParts::tensors() const {
  std::int64_t count = 0;
  for (const auto& file : files_) count += std::ssize(file.tensors());
  return count;
}

}  // namespace btx
