#include "base/text.hpp"
#include "checkpoint/gguf/gguf_parts.hpp"
#include "checkpoint/safetensors.hpp"
#include "cli/cli.hpp"
#include "cli/print.hpp"
#include "config/value.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

namespace btx {
namespace {

struct TensorRow {
  std::string file, name, type;
  std::vector<std::int64_t> shape;
  std::uint64_t bytes = 0;
};

struct Contents {
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<TensorRow> tensors;
};

void add_safetensors(const fs::path& path, Contents& all) {
  const SafetensorsFile file(path);
  for (const auto& [key, value] : file.metadata()) all.metadata.emplace_back(key, value);
  for (const auto& tensor : file.tensors()) {
    all.tensors.push_back({path.filename().string(), tensor.info.name,
                           dtype_name(tensor.info.dtype), tensor.info.shape, tensor.bytes});
  }
}

void add_gguf(const fs::path& path, Contents& all) {
  const GgufFile file(path);
  for (const auto& key : file.keys()) all.metadata.emplace_back(key, file.describe(key));
  for (const auto& tensor : file.tensors()) {
    all.tensors.push_back(
        {path.filename().string(), tensor.name, tensor.type->name, tensor.shape, tensor.bytes});
  }
}

Contents contents_of(const fs::path& path) {
  Contents all;
  if (path.extension() == ".safetensors") {
    add_safetensors(path, all);
  } else if (is_gguf(path)) {
    add_gguf(path, all);
  } else if (fs::is_directory(path)) {
    std::vector<fs::path> files;
    for (const auto& item : fs::directory_iterator(path)) {
      if (item.path().extension() == ".safetensors") files.push_back(item.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) add_safetensors(file, all);
    if (files.empty()) {
      throw Error(ExitCode::usage, path.string() + ": no .safetensors file in this folder");
    }
  } else {
    throw Error(ExitCode::usage,
                fmt::format("{}: {}", path.string(),
                            fs::exists(path)
                                ? "neither a .safetensors nor a .gguf file nor a folder of them"
                                : "no such file or folder"));
  }
  return all;
}

std::uint64_t total_bytes(const Contents& all) {
  std::uint64_t bytes = 0;
  for (const auto& tensor : all.tensors) bytes += tensor.bytes;
  return bytes;
}

std::int64_t total_elements(const Contents& all) {
  std::int64_t total = 0;
  for (const auto& tensor : all.tensors) {
    std::int64_t elements = 1;
    for (const auto size : tensor.shape) elements *= size;
    total += elements;
  }
  return total;
}

void print_contents(const Contents& all) {
  for (const auto& [key, value] : all.metadata) {
    constexpr std::size_t kLongest = 100;
    std::size_t end = std::min(value.size(), kLongest);
    // Not within a character of UTF-8.
    while (end > 0 && end < value.size() && (value[end] & 0xC0) == 0x80) --end;
    print("{:<44} {}{}\n", key, to_toml_inline(Value(value.substr(0, end))),
          end < value.size() ? " ..." : "");
  }
  for (const auto& tensor : all.tensors) {
    print("{:<64} {:<5} {:<18} {:>10}  {}\n", tensor.name, tensor.type,
          fmt::format("[{}]", fmt::join(tensor.shape, ", ")),
          format_bytes(static_cast<double>(tensor.bytes)), tensor.file);
  }
  print("{} tensors, {} numbers, {}\n", all.tensors.size(),
        format_count(static_cast<double>(total_elements(all))),
        format_bytes(static_cast<double>(total_bytes(all))));
}

void print_contents_json(const Contents& all) {
  Value metadata;
  for (const auto& [key, value] : all.metadata) metadata.set(key, Value(value));
  Array tensors;
  for (const auto& tensor : all.tensors) {
    Array shape;
    for (const auto size : tensor.shape) shape.emplace_back(size);
    Value row;
    row.set("name", Value(tensor.name));
    row.set("type", Value(tensor.type));
    row.set("shape", Value(std::move(shape)));
    row.set("bytes", Value(static_cast<std::int64_t>(tensor.bytes)));
    row.set("file", Value(tensor.file));
    tensors.push_back(std::move(row));
  }
  Value json;
  json.set("metadata", std::move(metadata));
  json.set("tensors", Value(std::move(tensors)));
  print_value(json);
}

}  // namespace

void add_inspect(Verb app, CommandLine& line) {
  auto path = std::make_shared<std::string>();
  Verb verb = app.add_verb(
      "inspect", "List metadata and tensors of a checkpoint: safetensors, GGUF, or a folder");
  verb.add("PATH", *path, "A file or a folder").required();
  verb.runs([&line, path] {
    const Contents all = contents_of(*path);
    line.json ? print_contents_json(all) : print_contents(all);
    return 0;
  });
}

}  // namespace btx
