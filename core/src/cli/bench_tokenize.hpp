#pragma once
// `btx bench tokenize`.

#include "cli/cli.hpp"

namespace btx {

void add_bench_tokenize(CLI::App& noun, CommandLine& line);

}  // namespace btx
