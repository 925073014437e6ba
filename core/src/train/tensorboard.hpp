#pragma once
// TensorBoard event files: TFRecord framing around protobuf messages, written by hand.

#include "base/files/append_file.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace btx {

/// One event file, for one attempt at a stage.
class BTX_EXPORT TensorBoardWriter {
 public:
  /// A new event file in `folder`. Throws btx::Error when it cannot be made.
  explicit TensorBoardWriter(const fs::path& folder);

  /// Scalars of one step. `wall_time` in seconds since 1970.
  void write(std::int64_t step, double wall_time,
             const std::vector<std::pair<std::string, double>>& scalars);

 private:
  void record(const std::string& event);
  std::optional<AppendFile> file_;
};

/// CRC-32C (Castagnoli), as TFRecord frames use it.
BTX_EXPORT std::uint32_t crc32c(std::string_view data);

}  // namespace btx
