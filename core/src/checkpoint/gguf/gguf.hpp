#pragma once
// The GGUF format, versions 2 and 3, little-endian: metadata, then tensors in blocks.

#include "base/file.hpp"
#include "checkpoint/gguf/gguf_blocks.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace btx {

/// A tensor in a file.
struct GgufTensor {
  std::string name;
  std::vector<std::int64_t> shape;  ///< outermost first, as in Hugging Face's files
  const GgufType* type = nullptr;
  std::uint64_t begin = 0;  ///< from the file's beginning
  std::uint64_t bytes = 0;

  BTX_EXPORT std::int64_t elements() const;
};

/// A file open for reading. The header is checked on opening: known types, whole blocks in a row,
/// offsets aligned, inside the file and not overlapping; arrays stay in the mapped file, and pages
/// of tensors that were read do not stay in memory. For one thread at a time.
/// Throws btx::Error naming the file, and the key or tensor.
class BTX_EXPORT GgufFile {
 public:
  explicit GgufFile(const fs::path& path);

  const fs::path& path() const { return path_; }
  const std::vector<GgufTensor>& tensors() const { return tensors_; }  ///< in order of offset
  const GgufTensor* find(std::string_view tensor) const;
  /// Elements [first, first + out.size()) as float32; both on block boundaries.
  void read(const GgufTensor& tensor, std::uint64_t first, std::span<float> out) const;

  /// Keys in the order of the file.
  const std::vector<std::string>& keys() const { return keys_; }
  /// A value as a person reads it; arrays as their type and length.
  std::string describe(const std::string& key) const;

  // A value of this type, nothing if the key is not there. Another type throws btx::Error.
  std::optional<std::string> text(const std::string& key) const;
  std::optional<std::int64_t> integer(const std::string& key) const;
  std::optional<double> number(const std::string& key) const;
  std::optional<bool> boolean(const std::string& key) const;
  /// Views into the mapped file.
  std::optional<std::vector<std::string_view>> texts(const std::string& key) const;
  std::optional<std::vector<std::int64_t>> integers(const std::string& key) const;
  std::optional<std::vector<float>> numbers(const std::string& key) const;

  /// Throws btx::Error naming the file, which is not good GGUF.
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  /// A value in the file; for an array, `type` is that of its elements.
  struct Field {
    std::uint32_t type = 0;  ///< as GGUF numbers types of values
    bool array = false;
    std::uint64_t count = 1;  ///< elements of an array
    std::uint64_t begin = 0;  ///< of the first element, from the file's beginning
  };
  class Cursor;

  void read_metadata(Cursor& at, std::uint64_t count);
  void read_tensors(Cursor& at, std::uint64_t count);
  void check_tensors();
  const Field* field(const std::string& key, bool array) const;
  std::int64_t integer_at(const Field& field, std::uint64_t index, const std::string& key) const;
  double number_at(const Field& field, std::uint64_t index, const std::string& key) const;

  fs::path path_;
  MappedFile file_;
  std::vector<std::string> keys_;
  std::map<std::string, Field> fields_;
  std::vector<GgufTensor> tensors_;
  std::map<std::string_view, std::size_t> places_;  ///< of names in tensors_
  mutable std::uint64_t read_bytes_ = 0;            ///< since pages were released
};

}  // namespace btx
