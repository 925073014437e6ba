#pragma once
// The Python program that a generated completion becomes.

#include <btx/task.hpp>

#include <string>

namespace tasks {

/// A line that no completion can know: random, for one run of one program.
std::string new_mark();

/// The completion of `row` with what belongs before it and its tests behind it, run as published
/// harnesses do: by exec(), in which __name__ is not "__main__". The last statement prints the
/// mark: a program that ends early, even with exit code 0, has not passed. Throws btx::Error
/// (usage), with the row's place, where the row has no tests.
std::string program_of(const btx::EvalRow& row, const std::string& completion,
                       const std::string& mark);

/// Whether a program that printed `output` and ended with 0 came to its end. What it printed before
/// may come after the mark, out of Python's buffers.
bool reached_end(const std::string& output, const std::string& mark);

}  // namespace tasks
