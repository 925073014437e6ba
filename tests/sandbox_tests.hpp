#pragma once
// Tests that need a sandbox. Where there is none they are skipped and counted as skipped;
// --no-skip, as .ci/run gives it, runs them all the same.

#include <btx/sandbox.hpp>

#include <doctest/doctest.h>

namespace btx_test {

/// TEST_CASE("..." * needs_sandbox()).
inline doctest::skip needs_sandbox() {
  return doctest::skip(!btx::sandbox_obstacle().empty());
}

}  // namespace btx_test
