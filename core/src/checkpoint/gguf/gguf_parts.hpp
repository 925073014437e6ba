#pragma once
// A GGUF model may be cut into files NAME-00001-of-0000N.gguf; the first has the metadata.

#include "checkpoint/gguf/gguf.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace btx {

/// Whether a file is GGUF: it begins with the format's mark, or is called so.   [any]
BTX_EXPORT bool is_gguf(const fs::path& path);

/// The files of the model that `path` is, or is a part of, in order: split.count of its metadata
/// says how many, and its name which. Throws btx::Error (usage) naming a part that is not there, or
/// a name that tells no other's.
BTX_EXPORT std::vector<fs::path> gguf_parts(const fs::path& path);

/// All files of a model, open for reading.
class BTX_EXPORT GgufParts {
 public:
  /// A tensor and the file that it is in.
  struct Place {
    const GgufFile* file = nullptr;
    const GgufTensor* tensor = nullptr;  ///< null: it is in none
  };

  /// `path` may be any of them. Throws as gguf_parts() and GgufFile, and for a tensor that is in
  /// two files, or as many tensors as split.tensors.count does not say.
  explicit GgufParts(const fs::path& path);

  /// The file with the metadata.
  const GgufFile& first() const { return files_.front(); }
  const std::vector<GgufFile>& files() const { return files_; }
  Place find(std::string_view tensor) const;
  std::int64_t tensors() const;

 private:
  std::vector<GgufFile> files_;
};

}  // namespace btx
