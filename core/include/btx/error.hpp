#pragma once
// The one exception type for everything a user can cause.

#include <btx/export.hpp>

#include <stdexcept>
#include <string>

namespace btx {

/// The program's exit codes; a message always goes with one of them.
enum class ExitCode {
  ok = 0,
  run = 1,          ///< a stage failed: data, numbers, disk, memory
  usage = 2,        ///< command line or recipe
  plugin = 3,       ///< a plugin could not be loaded, or broke its contract
  interrupted = 4,  ///< stopped by SIGINT, SIGTERM or SIGHUP; the same command continues
};

/// Something a user can cause and mend. The message says who, what was needed, what came and what
/// to do; with file:line:column in front where there is a file.   [any]
class BTX_EXPORT Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message);
  explicit Error(const std::string& message) : Error(ExitCode::run, message) {}
  ~Error() override;

  ExitCode code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

}  // namespace btx
