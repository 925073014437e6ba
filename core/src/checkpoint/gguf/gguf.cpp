#include "checkpoint/gguf/gguf.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

namespace btx {
namespace {

// Types of metadata values.
enum : std::uint32_t {
  kUint8,
  kInt8,
  kUint16,
  kInt16,
  kUint32,
  kInt32,
  kFloat32,
  kBool,
  kString,
  kArray,
  kUint64,
  kInt64,
  kFloat64,
};
constexpr std::array<std::size_t, 13> kTypeBytes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
constexpr std::array<const char*, 13> kTypeNames = {
    "uint8", "int8",   "uint16", "int16",  "uint32", "int32",  "float32",
    "bool",  "string", "array",  "uint64", "int64",  "float64"};
constexpr std::uint64_t kDefaultAlignment = 32;
constexpr std::uint64_t kMostDimensions = 4;
constexpr std::uint64_t kKeptGgufBytes = 16 << 20;  // of pages that were read

template <class T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

}  // namespace

/// Reads on from one place of the header; what would pass the file's end is refused.
class GgufFile::Cursor {
 public:
  Cursor(const GgufFile& file, std::uint64_t at) : file_(file), at_(at) {}

  std::uint64_t at() const { return at_; }
  std::uint64_t left() const { return file_.file_.size() - at_; }

  /// Passes over so many bytes; where they begin.
  std::uint64_t skip(std::uint64_t bytes, const std::string& what) {
    if (bytes > left()) {
      file_.refuse(fmt::format("{} would need {} bytes, {} are left; is the file cut short?", what,
                               bytes, left()));
    }
    return std::exchange(at_, at_ + bytes);
  }
  template <class T>
  T take(const std::string& what) {
    return load<T>(file_.file_.data() + skip(sizeof(T), what));
  }
  std::string_view text(const std::string& what) {
    const auto bytes = take<std::uint64_t>(what);
    const auto begin = skip(bytes, what);
    return {reinterpret_cast<const char*>(file_.file_.data()) + begin, bytes};
  }

 private:
  const GgufFile& file_;
  std::uint64_t at_;
};

std::int64_t GgufTensor::elements() const {
  std::int64_t count = 1;
  for (const auto size : shape) count *= size;
  return count;
}

void GgufFile::refuse(const std::string& what) const {
  throw Error(fmt::format("{}: not a good GGUF file: {}", path_.string(), what));
}

GgufFile::GgufFile(const fs::path& path) : path_(path), file_(path) {
  Cursor at(*this, 0);
  if (file_.size() < 24 || std::memcmp(file_.data(), "GGUF", 4) != 0) {
    refuse("it does not begin with a GGUF header");
  }
  at.skip(4, "the header");
  const auto version = at.take<std::uint32_t>("the version");
  if (version != 2 && version != 3) {
    refuse(fmt::format("version {}; versions 2 and 3, little-endian, are known", version));
  }
  const auto tensors = at.take<std::uint64_t>("the header");
  const auto fields = at.take<std::uint64_t>("the header");
  read_metadata(at, fields);
  read_tensors(at, tensors);
  check_tensors();
}

void GgufFile::read_metadata(Cursor& at, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string key(at.text(fmt::format("metadata key {}", i)));
    const std::string what = fmt::format("metadata '{}'", key);
    Field field;
    field.type = at.take<std::uint32_t>(what);
    if (field.type == kArray) {
      field.array = true;
      field.type = at.take<std::uint32_t>(what);
      field.count = at.take<std::uint64_t>(what);
    }
    if (field.type >= kTypeBytes.size() || field.type == kArray) {
      refuse(fmt::format("{} has the unknown type {}", what, field.type));
    }
    field.begin = at.at();
    if (field.type == kString) {
      if (field.count > at.left() / 8) at.skip(file_.size(), what);  // refused
      for (std::uint64_t item = 0; item < field.count; ++item) at.text(what);
    } else if (field.count > at.left() / kTypeBytes[field.type]) {
      at.skip(std::numeric_limits<std::uint64_t>::max(), what);  // refused
    } else {
      at.skip(field.count * kTypeBytes[field.type], what);
    }
    if (!fields_.emplace(key, field).second) refuse(what + " is there twice");
    keys_.push_back(key);
  }
}

void GgufFile::read_tensors(Cursor& at, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    GgufTensor tensor;
    tensor.name = at.text(fmt::format("the name of tensor {}", i));
    const std::string what = fmt::format("tensor '{}'", tensor.name);
    const auto dimensions = at.take<std::uint32_t>(what);
    if (dimensions == 0 || dimensions > kMostDimensions) {
      refuse(fmt::format("{} has {} dimensions; 1 to {} are known", what, dimensions,
                         kMostDimensions));
    }
    std::uint64_t elements = 1;
    for (std::uint32_t d = 0; d < dimensions; ++d) {
      const auto size = at.take<std::uint64_t>(what);
      if (size == 0 || __builtin_mul_overflow(elements, size, &elements) ||
          elements > std::uint64_t{1} << 56) {
        refuse(what + " has an absurd shape");
      }
      tensor.shape.insert(tensor.shape.begin(), static_cast<std::int64_t>(size));
    }
    const auto type = at.take<std::uint32_t>(what);
    tensor.type = find_gguf_type(type);
    if (tensor.type == nullptr) {
      std::string known;
      for (const auto& each : gguf_types()) known += fmt::format(" {}", each.name);
      refuse(fmt::format("{} has element type {}; known:{}", what, type, known));
    }
    if (static_cast<std::uint64_t>(tensor.shape.back()) % tensor.type->block_elements != 0) {
      refuse(fmt::format("{} has rows of {} numbers, no whole number of {} blocks", what,
                         tensor.shape.back(), tensor.type->name));
    }
    tensor.bytes = elements / tensor.type->block_elements * tensor.type->block_bytes;
    tensor.begin = at.take<std::uint64_t>(what);  // from the beginning of the data, for now
    tensors_.push_back(std::move(tensor));
  }
  const auto alignment =
      static_cast<std::uint64_t>(integer("general.alignment").value_or(kDefaultAlignment));
  if (alignment == 0 || alignment % 8 != 0 || alignment > std::uint64_t{1} << 20) {
    refuse(fmt::format("general.alignment is {}", alignment));
  }
  const std::uint64_t data = (at.at() + alignment - 1) / alignment * alignment;
  for (auto& tensor : tensors_) {
    if (tensor.begin % alignment != 0) {
      refuse(fmt::format("tensor '{}' is not aligned to {} bytes", tensor.name, alignment));
    }
    if (__builtin_add_overflow(tensor.begin, data, &tensor.begin)) {
      refuse(fmt::format("tensor '{}' has an absurd offset", tensor.name));
    }
  }
}

void GgufFile::check_tensors() {
  std::sort(tensors_.begin(), tensors_.end(),
            [](const auto& a, const auto& b) { return a.begin < b.begin; });
  std::uint64_t end = 0;
  for (const auto& tensor : tensors_) {
    if (tensor.begin < end) refuse(fmt::format("tensor '{}' overlaps another", tensor.name));
    if (tensor.begin > file_.size() || tensor.bytes > file_.size() - tensor.begin) {
      refuse(fmt::format("tensor '{}' lies at {} with {} bytes, the file has {}; is it cut short?",
                         tensor.name, tensor.begin, tensor.bytes, file_.size()));
    }
    end = tensor.begin + tensor.bytes;
  }
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (places_.emplace(tensors_[i].name, i).second) continue;
    refuse(fmt::format("tensor '{}' is there twice", tensors_[i].name));
  }
}

const GgufTensor* GgufFile::find(std::string_view tensor) const {
  const auto found = places_.find(tensor);
  return found == places_.end() ? nullptr : &tensors_[found->second];
}

void GgufFile::read(const GgufTensor& tensor, std::uint64_t first, std::span<float> out) const {
  const std::uint64_t elements = tensor.type->block_elements;
  const std::byte* block =
      file_.data() + tensor.begin + first / elements * tensor.type->block_bytes;
  for (std::size_t i = 0; i < out.size(); i += elements) {
    tensor.type->widen(block, out.data() + i);
    block += tensor.type->block_bytes;
  }
  read_bytes_ += out.size() / elements * tensor.type->block_bytes;
  if (read_bytes_ < kKeptGgufBytes) return;
  read_bytes_ = 0;
  file_.release();
}

const GgufFile::Field* GgufFile::field(const std::string& key, bool array) const {
  const auto found = fields_.find(key);
  if (found == fields_.end()) return nullptr;
  if (found->second.array != array) {
    refuse(fmt::format("metadata '{}' is {} array", key, array ? "not an" : "an"));
  }
  return &found->second;
}

std::int64_t GgufFile::integer_at(const Field& field, std::uint64_t index,
                                  const std::string& key) const {
  const std::byte* at = file_.data() + field.begin + index * kTypeBytes[field.type];
  switch (field.type) {
    case kUint8: return load<std::uint8_t>(at);
    case kInt8: return load<std::int8_t>(at);
    case kUint16: return load<std::uint16_t>(at);
    case kInt16: return load<std::int16_t>(at);
    case kUint32: return load<std::uint32_t>(at);
    case kInt32: return load<std::int32_t>(at);
    case kInt64: return load<std::int64_t>(at);
    case kUint64:
      if (load<std::uint64_t>(at) >> 63 == 0) return load<std::int64_t>(at);
      refuse(fmt::format("metadata '{}' is larger than 63 bits", key));
    default:
      refuse(fmt::format("metadata '{}' is of type {}, not a whole number", key,
                         kTypeNames[field.type]));
  }
}

double GgufFile::number_at(const Field& field, std::uint64_t index, const std::string& key) const {
  const std::byte* at = file_.data() + field.begin + index * kTypeBytes[field.type];
  if (field.type == kFloat32) return load<float>(at);
  if (field.type == kFloat64) return load<double>(at);
  return static_cast<double>(integer_at(field, index, key));
}

std::optional<std::string> GgufFile::text(const std::string& key) const {
  const Field* found = field(key, false);
  if (found == nullptr) return std::nullopt;
  if (found->type != kString) refuse(fmt::format("metadata '{}' is not text", key));
  return std::string(Cursor(*this, found->begin).text(key));
}

std::optional<std::int64_t> GgufFile::integer(const std::string& key) const {
  const Field* found = field(key, false);
  if (found == nullptr) return std::nullopt;
  return integer_at(*found, 0, key);
}

std::optional<double> GgufFile::number(const std::string& key) const {
  const Field* found = field(key, false);
  if (found == nullptr) return std::nullopt;
  return number_at(*found, 0, key);
}

std::optional<bool> GgufFile::boolean(const std::string& key) const {
  const Field* found = field(key, false);
  if (found == nullptr) return std::nullopt;
  if (found->type != kBool) refuse(fmt::format("metadata '{}' is neither true nor false", key));
  return load<std::uint8_t>(file_.data() + found->begin) != 0;
}

std::optional<std::vector<std::string_view>> GgufFile::texts(const std::string& key) const {
  const Field* found = field(key, true);
  if (found == nullptr) return std::nullopt;
  if (found->type != kString) refuse(fmt::format("metadata '{}' is not an array of texts", key));
  std::vector<std::string_view> all;
  all.reserve(found->count);
  Cursor at(*this, found->begin);
  for (std::uint64_t i = 0; i < found->count; ++i) all.push_back(at.text(key));
  return all;
}

std::optional<std::vector<std::int64_t>> GgufFile::integers(const std::string& key) const {
  const Field* found = field(key, true);
  if (found == nullptr) return std::nullopt;
  std::vector<std::int64_t> all;
  for (std::uint64_t i = 0; i < found->count; ++i) all.push_back(integer_at(*found, i, key));
  return all;
}

std::optional<std::vector<float>> GgufFile::numbers(const std::string& key) const {
  const Field* found = field(key, true);
  if (found == nullptr) return std::nullopt;
  std::vector<float> all;
  for (std::uint64_t i = 0; i < found->count; ++i) {
    all.push_back(static_cast<float>(number_at(*found, i, key)));
  }
  return all;
}

std::string GgufFile::describe(const std::string& key) const {
  const Field& found = fields_.at(key);
  if (found.array) return fmt::format("{} of {}", found.count, kTypeNames[found.type]);
  switch (found.type) {
    case kString: return *text(key);
    case kBool: return *boolean(key) ? "true" : "false";
    case kFloat32:
    case kFloat64: return fmt::format("{}", *number(key));
    default: return fmt::format("{}", *integer(key));
  }
}

}  // namespace btx
