#pragma once
// Progress for a person: one line that redraws itself on a terminal, plain lines now and then else.

#include <btx/export.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace btx {

/// How far one piece of work is, on stderr; nothing where the log level is above info. Used by one
/// thread at a time.
class BTX_EXPORT Progress {
 public:
  /// `total` in the same unit as update()'s `done`.
  Progress(std::string title, std::int64_t total);
  ~Progress();

  /// Shows `done` of `total`, `note` ("loss 2.31, 8.1K tok/s") and the time left. Draws a few times
  /// a second at most; `important` draws in any case.
  void update(std::int64_t done, const std::string& note, bool important = false);
  /// One more is done; the last of them draws in any case.
  void advance(const std::string& note);

 private:
  using Clock = std::chrono::steady_clock;
  std::string title_;
  std::int64_t total_;
  std::int64_t first_ = -1;    ///< the first `done`, from which the rate counts; -1: none yet
  std::int64_t advanced_ = 0;  ///< calls of advance()
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point start_, last_;
};

}  // namespace btx
