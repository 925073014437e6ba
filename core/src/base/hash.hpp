#pragma once
// Digests of content: XXH3-128, as 32 hex digits. Not for security, for identity.

#include <btx/export.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace btx {

/// Collects bytes into one digest.
class BTX_EXPORT Hasher {
 public:
  Hasher();
  ~Hasher();
  void add(const void* data, std::size_t bytes);
  void add(std::string_view text) { add(text.data(), text.size()); }
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Digest of bytes in memory.
BTX_EXPORT std::string digest(std::string_view bytes);
/// Digest of a file's content, read in pieces. Throws btx::Error naming the path.
BTX_EXPORT std::string digest_file(const std::filesystem::path& path);
/// 64 bits of XXH3, for tables and for splitting documents.
BTX_EXPORT std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace btx
