#pragma once
// The safetensors format: 8 bytes of header length, a JSON header, raw little-endian tensors.

#include "base/file.hpp"

#include <btx/mix_plan.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace btx {

/// Bytes of one element.
BTX_EXPORT std::size_t dtype_size(DType dtype);
/// "F32", "F16", "BF16".
BTX_EXPORT const char* dtype_name(DType dtype);

/// A tensor in a file; offsets are from the file's beginning.
struct StoredTensor {
  TensorInfo info;
  std::uint64_t begin = 0;
  std::uint64_t bytes = 0;
};

/// A file open for reading. The header is checked on opening: known types, sizes that fit shapes,
/// offsets inside the file, not overlapping, without holes, no name twice; nothing larger than the
/// file is allocated. Throws btx::Error naming the file and the tensor.
class BTX_EXPORT SafetensorsFile {
 public:
  explicit SafetensorsFile(const fs::path& path);

  const fs::path& path() const { return path_; }
  const std::vector<StoredTensor>& tensors() const { return tensors_; }  ///< in order of offset
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// The tensor's raw bytes, in the mapped file.
  const std::byte* data(const StoredTensor& tensor) const { return file_.data() + tensor.begin; }
  /// As MappedFile::release().
  void release() const { file_.release(); }

 private:
  void read_header(std::uint64_t size);
  void check_layout(std::uint64_t data_begin);

  fs::path path_;
  MappedFile file_;
  std::vector<StoredTensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

/// Writes a file in order: the header first, then each tensor's bytes by append(). close() checks
/// that all came. A file that is not closed is removed.
class BTX_EXPORT SafetensorsWriter {
 public:
  SafetensorsWriter(const fs::path& path, const std::vector<TensorInfo>& tensors,
                    const std::map<std::string, std::string>& metadata = {});
  void append(const void* data, std::size_t bytes) { file_.write(data, bytes); }
  void close();

 private:
  fs::path path_;
  OutputFile file_;
  std::uint64_t expected_ = 0;
};

}  // namespace btx
