#include "base/interrupt.hpp"

#include <btx/error.hpp>

#include <unistd.h>

#include <csignal>

namespace btx {
namespace {

// NOLINTBEGIN: a handler can reach nothing else
volatile std::sig_atomic_t g_stop = 0;
volatile std::sig_atomic_t g_interrupts = 0;
// NOLINTEND

// Only a second SIGINT ends the process at once: of one Ctrl-C a stage gets the terminal's SIGINT
// and the SIGTERM that the run passes on, in any order.
void on_signal(int signal) {
  if (signal == SIGINT && g_interrupts != 0) ::_exit(130);
  if (signal == SIGINT) g_interrupts = 1;
  g_stop = 1;
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  struct sigaction hangup {};
  sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

bool interrupted() {
  return g_stop != 0;
}

void leave_if_interrupted() {
  if (interrupted())
    throw Error(ExitCode::interrupted, "interrupted; the same command goes on from here");
}

}  // namespace btx
