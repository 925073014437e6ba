#include "base/progress.hpp"

#include "base/log_level.hpp"
#include "base/terminal.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace btx {
namespace {

constexpr int kBarWidth = 24;

bool is_terminal() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) != 0 && term != nullptr && std::string(term) != "dumb";
}

}  // namespace

Progress::Progress(std::string title, std::int64_t total)
    : title_(std::move(title)), total_(total), terminal_(is_terminal()), start_(Clock::now()) {}

Progress::~Progress() {
  if (terminal_ && drawn_) write_message(stderr, "\n");
}

void Progress::update(std::int64_t done, const std::string& note, bool important) {
  if (log_level() > LogLevel::info) return;
  const auto now = Clock::now();
  const auto since = std::chrono::duration<double>(now - last_).count();
  if (!important && drawn_ && since < (terminal_ ? 0.2 : 10.0)) return;
  last_ = now;
  if (first_ < 0) first_ = done;
  const double spent = std::chrono::duration<double>(now - start_).count();
  const double rate = spent > 0 ? static_cast<double>(done - first_) / spent : 0;
  const std::string left =
      rate > 0 ? format_seconds(static_cast<double>(total_ - done) / rate) : "?";
  const double share = total_ > 0 ? static_cast<double>(done) / static_cast<double>(total_) : 1.0;
  drawn_ = true;
  if (!terminal_) {
    write_message(stderr, fmt::format("{}: {:3.0f} %, {}, {} left\n", printable(title_),
                                      100 * share, printable(note), left));
    return;
  }
  const int filled = static_cast<int>(share * kBarWidth);
  write_message(stderr, fmt::format("\r\x1b[K{} [{}{}] {:3.0f} %  {}, {} left", printable(title_),
                                    std::string(filled, '#'), std::string(kBarWidth - filled, '.'),
                                    100 * share, printable(note), left));
}

void Progress::advance(const std::string& note) {
  ++advanced_;
  update(advanced_, note, advanced_ == total_);
}

}  // namespace btx
