#pragma once
// GGUF files, byte by byte.

#include "base/file.hpp"
#include "support.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace btx_test {

using namespace btx;

/// Writes a GGUF file of version 3.
class GgufWriter {
 public:
  /// The bytes of a number.
  template <class T>
  GgufWriter& raw(T value) {
    text_.append(reinterpret_cast<const char*>(&value), sizeof(T));
    return *this;
  }
  /// A text as GGUF has it: its length before it.
  GgufWriter& words(const std::string& text) {
    raw<std::uint64_t>(text.size());
    text_ += text;
    return *this;
  }
  GgufWriter& header(std::uint64_t tensors, std::uint64_t fields, std::uint32_t version = 3) {
    text_ += "GGUF";
    return raw(version).raw(tensors).raw(fields);
  }
  GgufWriter& field(const std::string& key, std::uint32_t value) {
    return words(key).raw<std::uint32_t>(4).raw(value);
  }
  GgufWriter& field(const std::string& key, float value) {
    return words(key).raw<std::uint32_t>(6).raw(value);
  }
  GgufWriter& field(const std::string& key, const std::string& value) {
    return words(key).raw<std::uint32_t>(8).words(value);
  }
  GgufWriter& field(const std::string& key, bool value) {
    return words(key).raw<std::uint32_t>(7).raw<std::uint8_t>(value ? 1 : 0);
  }
  GgufWriter& field(const std::string& key, const std::vector<std::string>& values) {
    words(key).raw<std::uint32_t>(9).raw<std::uint32_t>(8).raw<std::uint64_t>(values.size());
    for (const auto& value : values) words(value);
    return *this;
  }
  template <class T>
  GgufWriter& numbers(const std::string& key, std::uint32_t type, const std::vector<T>& values) {
    words(key).raw<std::uint32_t>(9).raw(type).template raw<std::uint64_t>(values.size());
    for (const T value : values) raw(value);
    return *this;
  }
  /// `shape` outermost first.
  GgufWriter& tensor(const std::string& name, std::vector<std::int64_t> shape, std::uint32_t type,
                     std::uint64_t offset) {
    words(name).raw(static_cast<std::uint32_t>(shape.size()));
    for (auto size = shape.rbegin(); size != shape.rend(); ++size) {
      raw(static_cast<std::uint64_t>(*size));
    }
    return raw(type).raw(offset);
  }
  /// Up to where tensors may begin.
  GgufWriter& pad() {
    text_.resize((text_.size() + 31) / 32 * 32, '\0');
    return *this;
  }
  std::size_t size() const { return text_.size(); }
  const std::string& text() const { return text_; }

  fs::path save(const std::string& name) const {
    static const fs::path folder = scratch("gguf");
    write_file(folder / (name + ".gguf"), text_);
    return folder / (name + ".gguf");
  }

 private:
  std::string text_;
};

}  // namespace btx_test
