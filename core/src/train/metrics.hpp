#pragma once
// What a run reports while it goes: metrics.jsonl, one JSON object a line, and the same numbers as
// TensorBoard event files.

#include "base/files/append_file.hpp"
#include "train/tensorboard.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace btx {

/// Names and numbers, in the order of the log.
using MetricList = std::vector<std::pair<std::string, double>>;

/// Appends to metrics.jsonl of a run folder: {"v":1,"t":...,"run":...,"stage":...,"step":...,
/// "tokens":...,"split":...,"m":{...}}. Lines of several processes do not mix, and one that a full
/// disk cut is taken away. Numbers that are not finite are written as strings. On equal (stage,
/// step, split) the later line counts.
class BTX_EXPORT MetricsLog {
 public:
  /// An empty `run_folder` logs nothing.
  MetricsLog(const fs::path& run_folder, std::string run, std::string stage);

  void write(std::int64_t step, std::int64_t tokens, const std::string& split,
             const MetricList& metrics);
  /// Marks the beginning of an attempt after so many steps: what an earlier attempt wrote of later
  /// steps is void.
  void begin(std::int64_t step);

 private:
  std::optional<AppendFile> file_;
  std::string run_, stage_;
  std::unique_ptr<TensorBoardWriter> board_;
};

}  // namespace btx
