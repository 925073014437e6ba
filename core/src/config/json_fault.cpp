#include "config/json_fault.hpp"

#include <cstddef>

namespace btx {
namespace {

constexpr std::size_t kKept = 24;  ///< bytes of what was last read: the fault is at its end
constexpr std::size_t kLongestExpected = 60;  ///< bytes of "'; expected ..."

/// Where what was read begins in the message, or npos.
std::size_t read_begin(std::string_view message) {
  for (const std::string_view before : {"last read: '", "number overflow parsing '"}) {
    const std::size_t at = message.find(before);
    if (at != std::string_view::npos) return at + before.size();
  }
  return std::string_view::npos;
}

/// Where it ends. It may itself have in it what comes behind it.
std::size_t read_end(std::string_view message) {
  const std::size_t expected = message.rfind("'; expected ");
  const bool last =
      expected != std::string_view::npos && message.size() - expected <= kLongestExpected;
  return last ? expected : message.rfind('\'');
}

}  // namespace

std::string json_fault(std::string_view message) {
  if (message.starts_with("[json.exception.")) message.remove_prefix(message.find("] ") + 2);
  const std::size_t begin = read_begin(message);
  if (begin == std::string_view::npos) return std::string(message);
  const std::size_t end = read_end(message);
  if (end <= begin + kKept) return std::string(message);
  std::size_t cut = end - kKept;
  while (cut < end && (message[cut] & 0xC0) == 0x80) ++cut;  // within a character of UTF-8
  return std::string(message.substr(0, begin)) + "..." + std::string(message.substr(cut));
}

}  // namespace btx
