#include "base/interrupt.hpp"

#include <unistd.h>

#include <csignal>

namespace btx {
namespace {

volatile std::sig_atomic_t g_signals = 0;  // NOLINT: a handler can reach nothing else

void on_signal(int signal) {
  if (signal == SIGINT && g_signals != 0) ::_exit(130);
  g_signals = 1;
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() {
  return g_signals != 0;
}

}  // namespace btx
