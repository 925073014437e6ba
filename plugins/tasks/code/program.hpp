#pragma once
// The Python program that a generated completion becomes.

#include <btx/task.hpp>

#include <string>

namespace code {

/// The completion of `row` with what belongs before it and its tests behind it. Its last statement
/// prints kPassed: a program that ends early, even with exit code 0, has not passed.
/// Throws btx::Error (usage), with the row's place, where the row has no tests.
std::string program_of(const btx::EvalRow& row, const std::string& completion);

/// Whether a program that printed `output` and ended with 0 came to its end.
bool reached_end(const std::string& output);

}  // namespace code
