#pragma once
// A file of tokens, written by a test.

#include "base/file.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace btx_test {

/// Writes these tokens, below 256, as the tokens of a vocabulary of so many.
inline void write_token_file(const btx::fs::path& path, const std::vector<int>& tokens,
                             int vocabulary) {
  std::string data;
  for (const int token : tokens) {
    data.push_back(static_cast<char>(token));
    data.push_back(0);
  }
  std::string line = fmt::format(
      R"({{"version":1,"dtype":"u16","tokens":{},"documents":1,"text_bytes":1,"vocab_size":{}}})",
      tokens.size(), vocabulary);
  line.resize(255, ' ');
  btx::write_file(path, data + line + "\n");
}

}  // namespace btx_test
