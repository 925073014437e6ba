#include "checkpoint/safetensors.hpp"

#include "base/json_depth.hpp"
#include "config/json_fault.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace btx {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kLargestHeader = 100'000'000;  // the format's own limit

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
  if (size > kLargestHeader) {
    corrupt(path, fmt::format("its header would be {} bytes, at most {} are allowed", size,
                              kLargestHeader));
  }
  return size;
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
    corrupt(path, fmt::format("tensor '{}': {}", name, json_fault(error.what())));
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

std::map<std::string, std::string> metadata_of(const Json& json) {
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : json.items()) {
    metadata[key] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return metadata;
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
  read_header(size);
  check_layout(8 + size);
}

/// Takes a tensor at a time out of the parser's hands, so that a header never stands in memory as a
/// tree many times its size.
void SafetensorsFile::read_header(std::uint64_t size) {
  const std::string_view text(reinterpret_cast<const char*>(file_.data()) + 8, size);
  if (nested_too_deep(text)) corrupt(path_, "its header is nested too deep");
  const std::uint64_t data_begin = 8 + size;
  std::string name;
  std::set<std::string> keys;  // of this tensor so far: the parser takes the last of equal ones
  const auto take = [&](int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (depth == 0 && event == Event::array_start)
      corrupt(path_, "its header is not a JSON object");
    if (depth == 2 && event == Event::key && !keys.insert(parsed.get<std::string>()).second) {
      corrupt(path_, fmt::format("tensor '{}': key {} is there twice", name, parsed.dump()));
    }
    if (depth != 1) return true;
    if (event == Event::key) {
      name = parsed.get<std::string>();
      keys.clear();
    }
    if (event == Event::value || event == Event::array_end) {
      corrupt(path_, fmt::format("tensor '{}' is not an object", name));
    }
    if (event != Event::object_end) return true;
    if (name != "__metadata__") {
      tensors_.push_back(parse_tensor(path_, name, parsed, data_begin, file_.size() - data_begin));
    } else {
      metadata_ = metadata_of(parsed);
    }
    return false;
  };
  try {
    const Json header = Json::parse(text.begin(), text.end(), take);
    if (!header.is_object()) corrupt(path_, "its header is not a JSON object");
  } catch (const Json::exception& error) {
    corrupt(path_, fmt::format("its header is not JSON: {}", json_fault(error.what())));
  }
}

/// Sorts the tensors by place; every byte after the header belongs to one of them.
void SafetensorsFile::check_layout(std::uint64_t data_begin) {
  std::vector<std::string_view> names;
  for (const auto& tensor : tensors_) names.push_back(tensor.info.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) corrupt(path_, fmt::format("tensor '{}' is there twice", *twice));
  std::stable_sort(tensors_.begin(), tensors_.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.bytes) < std::pair(b.begin, b.bytes);
  });
  std::uint64_t at = data_begin;
  for (const auto& tensor : tensors_) {
    if (tensor.begin != at) {
      corrupt(path_, fmt::format("tensor '{}' {} the one before it", tensor.info.name,
                                 tensor.begin < at ? "overlaps" : "leaves a hole after"));
    }
    at += tensor.bytes;
  }
  if (at != file_.size()) {
    corrupt(path_, fmt::format("{} bytes after the last tensor", file_.size() - at));
  }
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
