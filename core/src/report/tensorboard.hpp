#pragma once
// TensorBoard event files: TFRecord framing around protobuf messages, written by hand.

#include "base/file.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace btx {

class BTX_EXPORT TensorBoardWriter {
 public:
  /// A new event file in `folder`. Throws btx::Error when it cannot be made.
  explicit TensorBoardWriter(const fs::path& folder);
  ~TensorBoardWriter();
  TensorBoardWriter(const TensorBoardWriter&) = delete;
  TensorBoardWriter& operator=(const TensorBoardWriter&) = delete;

  /// Scalars of one step. `wall_time` in seconds since 1970.
  void write(std::int64_t step, double wall_time,
             const std::vector<std::pair<std::string, double>>& scalars);

 private:
  void record(const std::string& event);
  fs::path path_;
  int fd_ = -1;
};

/// CRC-32C (Castagnoli), as TFRecord frames use it.
BTX_EXPORT std::uint32_t crc32c(std::string_view data);

}  // namespace btx
