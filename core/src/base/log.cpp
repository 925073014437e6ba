#include "base/log_level.hpp"
#include "base/terminal.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace btx {
namespace {

LogLevel g_level = LogLevel::info;  // NOLINT: as global as the logger

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

// Made once and never destroyed: plugins may log while the process ends.
spdlog::logger& logger() {
  static auto* instance = [] {
    auto* made = new spdlog::logger("btx", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_pattern("%^%l%$: %v");
    return made;
  }();
  return *instance;
}

/// Further lines are indented, so that none looks like another message.
std::string indented(std::string_view message) {
  std::string out;
  for (std::size_t begin = 0; begin <= message.size();) {
    const std::size_t end = std::min(message.find('\n', begin), message.size());
    out += (begin == 0 ? "" : "\n  ") + printable(message.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

}  // namespace

void log(LogLevel level, const std::string& message) noexcept {
  try {
    logger().log(to_spdlog(level), indented(message));
  } catch (...) {  // a log line is never worth a crash
  }
}

void set_log_level(LogLevel level) {
  g_level = level;
  logger().set_level(to_spdlog(level));
}

LogLevel log_level() {
  return g_level;
}

}  // namespace btx
