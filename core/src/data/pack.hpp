#pragma once
// A pack: the prepared data of a recipe in one file, for machines that cannot prepare it. It holds
// the tokenizer, the token files and the test documents; not the text that was trained on.
//
// Format: one zstd stream of entries, each a line of JSON {"stage", "file", "bytes"} and then that
// many bytes. The first entry is {"stage": "", "file": "pack.json"}: {"version"}.

#include "base/file.hpp"
#include "tokenizer/tokenizer.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace btx {

/// A file of a data stage's artifact that goes into a pack.
struct PackedFile {
  std::string stage;  ///< "tokens/math"
  std::string file;   ///< name within the stage's artifact
  fs::path path;      ///< where it is read from
};

/// Writes a pack, complete or absent; a stage's files lie together. Returns its size. Throws
/// btx::Error.
BTX_EXPORT std::uint64_t write_pack(const std::vector<PackedFile>& files, const fs::path& pack);

/// The tokenizer of a pack. Throws btx::Error naming the file if it is none.
BTX_EXPORT Tokenizer pack_tokenizer(const fs::path& pack);

/// Writes the files of one stage into `folder`.
/// Throws btx::Error: not a pack, cut short, or nothing of that stage in it.
BTX_EXPORT void unpack_stage(const fs::path& pack, const std::string& stage,
                             const fs::path& folder);

}  // namespace btx
