#pragma once
// SIGINT, SIGTERM and SIGHUP (a terminal that closes) as a request to stop soon, for what has
// something to save: it asks, finishes what it is at, saves and leaves. Elsewhere they end the
// process at once: artifacts are complete or absent.

#include <btx/export.hpp>

namespace btx {

/// From now on they set a flag; a second SIGINT ends the process with code 130. SIGHUP stays
/// ignored where it is (nohup), and nobody who stops reading messages ends the work (SIGPIPE).
BTX_EXPORT void catch_interrupts();
/// Whether such a signal has come since catch_interrupts(); once true it stays true.
BTX_EXPORT bool interrupted();
/// For what has nothing to save. Throws btx::Error (interrupted) if interrupted().
BTX_EXPORT void leave_if_interrupted();

}  // namespace btx
