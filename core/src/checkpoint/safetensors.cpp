#include "checkpoint/safetensors.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>

namespace btx {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void corrupt(const fs::path& path, const std::string& what) {
  throw Error(fmt::format("{}: not a good safetensors file: {}", path.string(), what));
}

DType parse_dtype(const fs::path& path, const std::string& tensor, const std::string& name) {
  for (const DType dtype : {DType::float32, DType::float16, DType::bfloat16}) {
    if (name == dtype_name(dtype)) return dtype;
  }
  corrupt(path, fmt::format("tensor '{}' has type {}; F32, F16 and BF16 are known", tensor, name));
}

std::uint64_t header_size(const fs::path& path, const MappedFile& file) {
  if (file.size() < 8) corrupt(path, fmt::format("{} bytes, too short for a header", file.size()));
  std::uint64_t size = 0;
  std::memcpy(&size, file.data(), 8);
  if (size > file.size() - 8) {
    corrupt(path, fmt::format("its header would be {} bytes, the file has {}", size, file.size()));
  }
  return size;
}

Json parse_header(const fs::path& path, const MappedFile& file, std::uint64_t size) {
  const char* begin = reinterpret_cast<const char*>(file.data()) + 8;
  int depth = 0;  // refuse hostile nesting before the parser recurses
  for (const char* at = begin; at != begin + size; ++at) {
    depth += *at == '[' || *at == '{' ? 1 : *at == ']' || *at == '}' ? -1 : 0;
    if (depth > 64) corrupt(path, "its header is nested too deep");
  }
  try {
    Json header = Json::parse(begin, begin + size);
    if (!header.is_object()) corrupt(path, "its header is no JSON object");
    return header;
  } catch (const Json::exception& error) {
    corrupt(path, fmt::format("its header is no JSON: {}", error.what()));
  }
}

std::vector<std::int64_t> parse_shape(const fs::path& path, const std::string& name,
                                      const Json& json) {
  std::vector<std::int64_t> shape;
  std::uint64_t elements = 1;
  for (const auto& item : json) {
    if (!item.is_number_integer()) {
      corrupt(path, fmt::format("tensor '{}' has the size {}", name, item.dump()));
    }
    const auto size = item.get<std::int64_t>();
    if (size < 0) corrupt(path, fmt::format("tensor '{}' has a negative size", name));
    if (__builtin_mul_overflow(elements, static_cast<std::uint64_t>(size), &elements) ||
        elements > (std::uint64_t{1} << 56)) {
      corrupt(path, fmt::format("tensor '{}' has an absurd shape", name));
    }
    shape.push_back(size);
  }
  return shape;
}

StoredTensor parse_tensor(const fs::path& path, const std::string& name, const Json& json,
                          std::uint64_t data_begin, std::uint64_t data_bytes) {
  StoredTensor tensor;
  tensor.info.name = name;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  try {
    tensor.info.dtype = parse_dtype(path, name, json.at("dtype").get<std::string>());
    tensor.info.shape = parse_shape(path, name, json.at("shape"));
    begin = json.at("data_offsets").at(0).get<std::uint64_t>();
    end = json.at("data_offsets").at(1).get<std::uint64_t>();
  } catch (const Json::exception& error) {
    corrupt(path, fmt::format("tensor '{}': {}", name, error.what()));
  }
  if (begin > end || end > data_bytes) {
    corrupt(path, fmt::format("tensor '{}' lies at {}..{} of {} bytes; is the file cut short?",
                              name, begin, end, data_bytes));
  }
  tensor.begin = data_begin + begin;
  tensor.bytes = end - begin;
  const auto wanted =
      static_cast<std::uint64_t>(tensor.info.elements()) * dtype_size(tensor.info.dtype);
  if (tensor.bytes != wanted) {
    corrupt(path, fmt::format("tensor '{}' needs {} bytes for its shape, its offsets give {}", name,
                              wanted, tensor.bytes));
  }
  return tensor;
}

void check_layout(const fs::path& path, const std::vector<StoredTensor>& tensors,
                  std::uint64_t data_begin, std::uint64_t file_size) {
  std::uint64_t at = data_begin;
  for (const auto& tensor : tensors) {
    if (tensor.begin != at) {
      corrupt(path, fmt::format("tensor '{}' {} the one before it", tensor.info.name,
                                tensor.begin < at ? "overlaps" : "leaves a hole after"));
    }
    at += tensor.bytes;
  }
  if (at != file_size) corrupt(path, fmt::format("{} bytes after the last tensor", file_size - at));
}

}  // namespace

std::size_t dtype_size(DType dtype) {
  return dtype == DType::float32 ? 4 : 2;
}

const char* dtype_name(DType dtype) {
  return dtype == DType::float32 ? "F32" : dtype == DType::float16 ? "F16" : "BF16";
}

SafetensorsFile::SafetensorsFile(const fs::path& path) : path_(path), file_(path) {
  const std::uint64_t size = header_size(path, file_);
  const Json header = parse_header(path, file_, size);
  const std::uint64_t data_begin = 8 + size;
  for (const auto& [name, json] : header.items()) {
    if (name != "__metadata__") {
      tensors_.push_back(parse_tensor(path, name, json, data_begin, file_.size() - data_begin));
      continue;
    }
    for (const auto& [key, value] : json.items()) {
      metadata_[key] = value.is_string() ? value.get<std::string>() : value.dump();
    }
  }
  std::stable_sort(tensors_.begin(), tensors_.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.bytes) < std::pair(b.begin, b.bytes);
  });
  check_layout(path, tensors_, data_begin, file_.size());
}

SafetensorsWriter::SafetensorsWriter(const fs::path& path, const std::vector<TensorInfo>& tensors,
                                     const std::map<std::string, std::string>& metadata)
    : path_(path), file_(path) {
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const auto& tensor : tensors) {
    const std::uint64_t end =
        offset + static_cast<std::uint64_t>(tensor.elements()) * dtype_size(tensor.dtype);
    header[tensor.name] = {{"dtype", dtype_name(tensor.dtype)},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // tensors start aligned
  const std::uint64_t size = text.size();
  file_.write(&size, 8);
  file_.write(text);
  expected_ = 8 + size + offset;
}

void SafetensorsWriter::close() {
  if (file_.size() != expected_) {
    throw Error(fmt::format("{}: wrote {} bytes of {}; this is a bug", path_.string(), file_.size(),
                            expected_));
  }
  file_.close();
}

}  // namespace btx
