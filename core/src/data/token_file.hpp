#pragma once
// Tokens of one split of one domain, memory-mapped: documents one after another, each followed by
// the end-of-text token.

#include "base/file.hpp"
#include "data/split.hpp"
#include "tokenizer/tokenizer.hpp"

#include <cstdint>
#include <limits>
#include <span>

namespace btx {

/// Tokenizes a split of a folder that write_documents() made, on `threads` threads, and writes
/// `file`: the tokens, little-endian, then a line of JSON padded to 256 bytes (version, dtype u16
/// or u32, tokens, documents, bytes of text, vocabulary size). The line comes last because what it
/// says is known last, and so that a file cut short has none. Order and bytes do not depend on the
/// number of threads. Throws btx::Error: as read_documents() and OutputFile.
BTX_EXPORT void write_token_file(const fs::path& documents_folder, Split split,
                                 const Tokenizer& tokenizer, int threads, const fs::path& file);

/// Writes a token file of `count` tokens drawn from a vocabulary, each alike, for benchmarks. A
/// function of its arguments alone. Throws btx::Error as OutputFile.
BTX_EXPORT void write_random_tokens(std::int64_t vocab_size, std::int64_t count, std::uint64_t seed,
                                    const fs::path& file);

/// A token file open for reading. The constructor throws btx::Error naming the file for anything
/// that does not fit its last line.   [any]
class BTX_EXPORT TokenFile {
 public:
  /// `embedding`: rows of the model that reads it, which may have fewer than the tokenizer tokens.
  explicit TokenFile(const fs::path& path,
                     std::int64_t embedding = std::numeric_limits<std::int64_t>::max());
  std::int64_t size() const { return tokens_; }
  std::int64_t documents() const { return documents_; }
  std::int64_t text_bytes() const { return text_bytes_; }
  std::int64_t vocab_size() const { return vocab_size_; }
  /// Copies out.size() tokens from `begin` on. Needs 0 <= begin and begin + out.size() <= size().
  /// Throws btx::Error naming the file for a token outside the vocabulary or the embedding.
  void copy(std::int64_t begin, std::span<std::int64_t> out) const;

 private:
  fs::path path_;
  MappedFile file_;
  std::int64_t tokens_ = 0, documents_ = 0, text_bytes_ = 0, vocab_size_ = 0;
  std::int64_t embedding_;
  std::size_t width_ = 2;  ///< bytes of a token
};

}  // namespace btx
